#include "engine/error.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace sluice {

namespace {

// "std::runtime_error": of the exception being handled.
std::string type_of_current() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (!type) return "an exception";
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  int failed = 0;
  const std::unique_ptr<char, Free> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &failed));
  return failed == 0 ? name.get() : type->name();
}

Error foreign(const std::string& what) {
  Error error(ErrorKind::internal, "threw " + type_of_current() + what);
  error.caused_by(std::current_exception());
  return error;
}

}  // namespace

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    Error error(ErrorKind::system, "the system has no memory left");
    error.caused_by(std::current_exception());
    return error;
  } catch (const std::exception& error) {
    return foreign(std::string(": ") + error.what());
  } catch (...) {
    return foreign("");
  }
}

}  // namespace sluice
