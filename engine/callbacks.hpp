// What a run asks and tells its host through RunOptions.
#pragma once

#include <string>

#include "engine/graph.hpp"
#include "engine/run_options.hpp"
#include "engine/with_place.hpp"

namespace sluice {

inline void throw_if_stopped(const RunOptions& options) {
  if (options.stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped on request");
}

/// Calls one of the options' functions, where it is given; `which` names it in errors.
template <class Callback, class... Values>
void call_host(const char* which, const Callback& callback, const Values&... values) {
  if (callback)
    with_place([&] { callback(values...); },
               [&](Error& error) { error.at_place(std::string("the ") + which + " callback"); });
}

}  // namespace sluice
