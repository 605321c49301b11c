// The file of --profile: a trace as Chrome and Perfetto read it, with the figures beside it.
//
// Perfetto's older importers stop at the first key of the outer object that they do not know, so
// the events come first; and an event of theirs holds no list.
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "engine/sink.hpp"
#include "profile_report.hpp"
#include "version.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Text on its way to a file, in pieces: a trace takes no memory to speak of while it is written.
class TextFile {
 public:
  explicit TextFile(ByteSink& to) : to_(to) { text_.reserve(2 * kPiece); }
  TextFile& operator<<(std::string_view text) {
    text_ += text;
    if (text_.size() >= kPiece) flush();
    return *this;
  }
  TextFile& operator<<(std::int64_t number) {
    char digits[24];
    return *this << std::string_view(digits,
                                     std::to_chars(digits, digits + sizeof digits, number).ptr);
  }
  /// Nanoseconds as microseconds with three decimals.
  TextFile& microseconds(std::int64_t nanoseconds) {
    const auto rest = static_cast<int>(nanoseconds % 1000);
    const char decimals[] = {'.', static_cast<char>('0' + rest / 100),
                             static_cast<char>('0' + rest / 10 % 10),
                             static_cast<char>('0' + rest % 10)};
    return *this << nanoseconds / 1000 << std::string_view(decimals, sizeof decimals);
  }
  void flush() {
    to_.write(at_, std::as_bytes(std::span(text_)));
    at_ += static_cast<std::int64_t>(text_.size());
    text_.clear();
  }

 private:
  static constexpr std::size_t kPiece = 64 << 10;
  ByteSink& to_;
  std::string text_;
  std::int64_t at_ = 0;
};

constexpr const char* kWorkNames[kWorks] = {"request", "block", "unit",   "commit", "compute",
                                            "copy",    "read",  "decode", "encode", "store"};

// What comes before the numbers of a span's event: its name and category. The names of steps come
// from files and are escaped once.
class Heads {
 public:
  explicit Heads(const Profile& profile)
      : profile_(profile), heads_(profile.nodes.size() * kWorks) {}
  std::string_view of(const ProfileSpan& span) {
    if (span.tasks > 1) return R"({"name":"tasks","cat":"tasks")";
    const auto node = static_cast<std::size_t>(span.node);
    std::string& head = heads_[node * kWorks + static_cast<std::size_t>(span.work)];
    if (head.empty()) {
      const std::string work = kWorkNames[static_cast<int>(span.work)];
      const std::string& step = profile_.nodes[node];
      head =
          dumped({{"name", span.work == Work::compute ? step : step + ": " + work}, {"cat", work}});
      head.pop_back();
    }
    return head;
  }

 private:
  const Profile& profile_;
  std::vector<std::string> heads_;
};

void write_spans(const Profile& profile, TextFile& out) {
  out << dumped(
      {{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", "sluice"}}}});
  for (int i = 0; i < profile.threads; ++i)
    out << ",\n"
        << dumped({{"name", "thread_name"},
                   {"ph", "M"},
                   {"pid", 1},
                   {"tid", i},
                   {"args", {{"name", "worker " + std::to_string(i)}}}});
  Heads heads(profile);
  for (const ProfileSpan& span : profile.spans) {
    out << ",\n" << heads.of(span) << R"(,"ph":"X","pid":1,"tid":)" << std::int64_t{span.worker};
    out << R"(,"ts":)";
    out.microseconds(span.begin) << R"(,"dur":)";
    out.microseconds(span.duration);
    if (span.tasks > 1) {
      out << R"(,"args":{"tasks":)" << std::int64_t{span.tasks} << R"(,"busy":)";
      out.microseconds(span.busy) << "}";
    } else if (!span.rect.empty()) {
      out << R"(,"args":{"x":)" << span.rect.x << R"(,"y":)" << span.rect.y << R"(,"width":)"
          << span.rect.width << R"(,"height":)" << span.rect.height << "}";
    }
    out << "}";
  }
}

Json summary(const Profile& profile, const std::string& error) {
  const double all = profile.worker_seconds();
  const auto time = [&](double seconds) {
    return Json{{"seconds", seconds}, {"share", seconds / all}};
  };
  Json json{{"version", version()},
            {"complete", profile.complete},
            {"seconds", profile.seconds},
            {"threads", profile.threads},
            {"worker_seconds", all}};
  if (!error.empty()) json["error"] = error;
  json["sources"] = Json::array();
  for (const SourceProfile& s : profile.sources)
    json["sources"].push_back({{"step", s.name},
                               {"reading", time(s.reading_seconds)},
                               {"decoding", time(s.decoding_seconds)},
                               {"blocks", s.blocks},
                               {"cache_hits", s.cache_hits},
                               {"bytes_in", s.bytes_in},
                               {"bytes_out", s.bytes_out}});
  json["steps"] = Json::array();
  for (const StepProfile& s : profile.steps)
    json["steps"].push_back({{"step", s.name},
                             {"size", {s.width, s.height}},
                             {"computing", time(s.seconds)},
                             {"units", s.units},
                             {"pixels", s.pixels},
                             {"recomputed_pixels", s.recomputed_pixels()},
                             {"bytes_in", s.bytes_in},
                             {"bytes_out", s.bytes_out}});
  json["sinks"] = Json::array();
  for (const SinkProfile& s : profile.sinks)
    json["sinks"].push_back({{"step", s.name},
                             {"encoding", time(s.encoding_seconds)},
                             {"storing", time(s.storing_seconds)},
                             {"blocks", s.blocks},
                             {"bytes_in", s.bytes_in},
                             {"bytes_out", s.bytes_out}});
  json["copying"] = time(profile.copying_seconds);
  json["planning"] = time(profile.planning_seconds);
  json["engine"] = time(profile.engine_seconds);
  json["waiting"] = time(profile.waiting_seconds);
  json["trace"] = {{"spans", profile.spans.size()},
                   {"left_out", profile.spans_left_out},
                   {"tasks_a_span", profile.tasks_a_span}};
  return json;
}

}  // namespace

void write_profile(const Profile& profile, const std::string& error, ByteSink& to) {
  TextFile out(to);
  out << "{\"traceEvents\":[\n";
  write_spans(profile, out);
  out << "\n],\n\"sluice\":"
      << summary(profile, error).dump(2, ' ', false, Json::error_handler_t::replace) << "}\n";
  out.flush();
}

}  // namespace sluice::tool
