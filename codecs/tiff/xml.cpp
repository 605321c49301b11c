#include "codecs/tiff/xml.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <type_traits>

#include "codecs/tiff/read_limits.hpp"

namespace sluice::tiff {
namespace {

// Expat's memory, counted. Its functions are told nothing of the parser they work for, so what is
// left is kept by thread while a text is read; each piece begins with its own size.
thread_local std::size_t xml_bytes_left = 0;
constexpr std::size_t kHead = alignof(std::max_align_t);

void* take(std::size_t bytes) {
  if (bytes > limit::kXmlBytes || bytes + kHead > xml_bytes_left) return nullptr;
  auto* const piece = static_cast<std::byte*>(std::malloc(bytes + kHead));
  if (!piece) return nullptr;
  xml_bytes_left -= bytes + kHead;
  std::memcpy(piece, &bytes, sizeof bytes);
  return piece + kHead;
}

std::size_t size_of_piece(void* p) {
  std::size_t bytes = 0;
  std::memcpy(&bytes, static_cast<std::byte*>(p) - kHead, sizeof bytes);
  return bytes;
}

void give_back(void* p) {
  if (!p) return;
  xml_bytes_left += size_of_piece(p) + kHead;
  std::free(static_cast<std::byte*>(p) - kHead);
}

void* take_again(void* p, std::size_t bytes) {
  void* const other = take(bytes);
  if (!other || !p) return other;
  std::memcpy(other, p, std::min(bytes, size_of_piece(p)));
  give_back(p);
  return other;
}

struct Freed {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, Freed>;

struct Reading {
  XML_Parser parser;
  XmlVisitor& visitor;
  int depth = 0;
  bool ended = false;               ///< nothing more is wanted
  std::exception_ptr failure = {};  ///< what the visitor threw: Expat is C
};

std::string_view local_name(const char* name) {
  const char* const colon = std::strchr(name, ':');
  return colon ? colon + 1 : name;
}

void stop(Reading& reading) {
  reading.ended = true;
  XML_StopParser(reading.parser, XML_FALSE);
}

template <class F>
void guarded(void* data, F&& f) {
  Reading& reading = *static_cast<Reading*>(data);
  if (reading.ended) return;  // a stopped parser still ends the element it is in
  try {
    f(reading);
  } catch (...) {
    reading.failure = std::current_exception();
    stop(reading);
  }
}

extern "C" {

static void on_begin(void* data, const char* name, const char** attributes) {
  guarded(data, [&](Reading& reading) {
    ++reading.depth;
    if (!reading.visitor.begin(local_name(name), XmlAttributes(attributes))) stop(reading);
  });
}

static void on_end(void* data, const char* name) {
  guarded(data, [&](Reading& reading) {
    reading.visitor.end(local_name(name));
    if (--reading.depth == 0) stop(reading);  // some writers leave rubbish behind the document
  });
}

static void on_text(void* data, const char* text, int bytes) {
  guarded(data, [&](Reading& reading) {
    reading.visitor.text({text, static_cast<std::size_t>(bytes)});
  });
}

static void on_document_type(void* data, const char*, const char*, const char*, int) {
  guarded(data, [&](Reading& reading) {
    XML_StopParser(reading.parser, XML_FALSE);  // told as an error: the reading has not ended
  });
}

}  // extern "C"

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = first < 0x80   ? 0
                     : first < 0xC2 ? -1
                     : first < 0xE0 ? 1
                     : first < 0xF0 ? 2
                     : first < 0xF5 ? 3
                                    : -1;
    if (more < 0 || text.size() - i <= static_cast<std::size_t>(more)) return false;
    for (int k = 0; k < more; ++k)
      if ((static_cast<unsigned char>(text[++i]) & 0xC0) != 0x80) return false;
  }
  return true;
}

}  // namespace

std::string_view XmlAttributes::value(std::string_view name) const {
  for (const char** pair = pairs_; *pair; pair += 2)
    if (pair[0] == name) return pair[1];
  return {};
}

std::string read_xml(std::string_view text, XmlVisitor& visitor) {
  // Some writers put a remark or blanks before the document.
  const std::size_t first = text.find('<');
  if (first == std::string_view::npos) return "holds no XML";
  text.remove_prefix(first);
  xml_bytes_left = limit::kXmlBytes;
  const XML_Memory_Handling_Suite memory{take, take_again, give_back};
  const Parser parser(
      XML_ParserCreate_MM(is_utf8(text) ? "UTF-8" : "ISO-8859-1", &memory, nullptr));
  if (!parser) return "there is no memory for its parser";
  Reading reading{.parser = parser.get(), .visitor = visitor};
  XML_SetUserData(parser.get(), &reading);
  XML_SetElementHandler(parser.get(), on_begin, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_document_type);
  // Expat keeps what it is given until the token in it has ended, so it is given little at a time.
  // A long token is looked at again with each piece: what it may hold bounds how often.
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  XML_Status status = XML_STATUS_OK;
  for (std::size_t at = 0; status == XML_STATUS_OK && at < text.size(); at += kPiece) {
    const std::string_view piece = text.substr(at, kPiece);
    const bool last = at + piece.size() == text.size();
    status = XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), last);
  }
  if (reading.failure) std::rethrow_exception(reading.failure);
  if (status == XML_STATUS_OK || reading.ended) return {};
  const auto byte = static_cast<std::int64_t>(first) + XML_GetCurrentByteIndex(parser.get());
  switch (XML_GetErrorCode(parser.get())) {
    case XML_ERROR_ABORTED:
      return "its XML has a document type, which is not supported";
    case XML_ERROR_NO_MEMORY:
      return fmt::format(
          "its XML takes more than {} MiB of memory at byte {}; what follows is left out",
          limit::kXmlBytes >> 20, byte);
    default:
      return fmt::format("its XML is broken at byte {} ({}); what follows is left out", byte,
                         XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
}

}  // namespace sluice::tiff
