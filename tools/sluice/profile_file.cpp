// The file of --profile: a trace as Chrome and Perfetto read it, with the figures beside it.
//
// Perfetto's older importers stop at the first key of the outer object that they do not know, so
// the events come first; and an event of theirs holds no list.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "engine/sink.hpp"
#include "profile_report.hpp"
#include "version.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Text on its way to a file, in pieces: a trace takes no memory to speak of while it is written,
// and little time.
class TextFile {
 public:
  explicit TextFile(ByteSink& to) : to_(to), piece_(kPiece) {}
  void write(std::string_view text) {
    while (!text.empty()) {
      if (used_ == kPiece) flush();
      const std::size_t part = std::min(text.size(), kPiece - used_);
      std::memcpy(piece_.data() + used_, text.data(), part);
      used_ += part;
      text.remove_prefix(part);
    }
  }
  void flush() {
    to_.write(at_, std::as_bytes(std::span(piece_).first(used_)));
    at_ += static_cast<std::int64_t>(used_);
    used_ = 0;
  }

 private:
  static constexpr std::size_t kPiece = 64 << 10;
  ByteSink& to_;
  std::vector<char> piece_;
  std::size_t used_ = 0;
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

// The numbers of one event, as text. There are many events, so nothing is allocated here: kMost is
// more than enough for eight numbers and what stands between them.
class EventText {
 public:
  EventText& operator<<(std::string_view text) {
    const std::size_t left = static_cast<std::size_t>(text_ + kMost - at_);
    at_ = std::copy_n(text.data(), std::min(text.size(), left), at_);
    return *this;
  }
  EventText& operator<<(std::int64_t number) {
    at_ = std::to_chars(at_, text_ + kMost, number).ptr;
    return *this;
  }
  /// Nanoseconds as microseconds with three decimals.
  EventText& microseconds(std::int64_t nanoseconds) {
    const auto rest = static_cast<int>(nanoseconds % 1000);
    const char decimals[] = {'.', digit(rest / 100), digit(rest / 10 % 10), digit(rest % 10)};
    return *this << nanoseconds / 1000 << std::string_view(decimals, sizeof decimals);
  }
  std::string_view text() const { return {text_, static_cast<std::size_t>(at_ - text_)}; }

 private:
  static char digit(int value) { return static_cast<char>('0' + value); }
  static constexpr std::size_t kMost = 400;
  char text_[kMost];
  char* at_ = text_;
};

// What stands inside or beside a unit is at the unit's place: said once, since the file's size is
// what a profile costs most.
bool shows_place(Work work) {
  return work == Work::unit || work == Work::compute || work == Work::decode;
}

void write_span(const ProfileSpan& span, std::string_view head, std::size_t worker, TextFile& out) {
  EventText event;
  event << R"(,"ph":"X","pid":1,"tid":)" << static_cast<std::int64_t>(worker) << R"(,"ts":)";
  event.microseconds(span.begin) << R"(,"dur":)";
  event.microseconds(span.duration);
  if (span.tasks > 1) {
    event << R"(,"args":{"tasks":)" << std::int64_t{span.tasks} << R"(,"busy":)";
    event.microseconds(span.busy) << "}";
  } else if (!span.rect.empty() && shows_place(span.work)) {
    event << R"(,"args":{"x":)" << span.rect.x << R"(,"y":)" << span.rect.y << R"(,"width":)"
          << span.rect.width << R"(,"height":)" << span.rect.height << "}";
  }
  event << "}";
  out.write(head);
  out.write(event.text());
}

void write_spans(const Profile& profile, TextFile& out) {
  const auto name = [&](const char* what, std::size_t worker, const std::string& text) {
    out.write(dumped(
        {{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", worker}, {"args", {{"name", text}}}}));
  };
  name("process_name", 0, "sluice");
  Heads heads(profile);
  for (std::size_t worker = 0; worker < profile.spans.size(); ++worker) {
    out.write(",\n");
    name("thread_name", worker, "worker " + std::to_string(worker));
    for (const ProfileSpan& span : profile.spans[worker]) {
      out.write(",\n");
      write_span(span, heads.of(span), worker, out);
    }
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
                             {"cache_hits", s.cache_hits},
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
  std::size_t spans = 0;
  for (const std::vector<ProfileSpan>& worker : profile.spans)
    spans += worker.size();
  json["trace"] = {{"spans", spans},
                   {"left_out", profile.spans_left_out},
                   {"tasks_a_span", profile.tasks_a_span}};
  return json;
}

}  // namespace

void write_profile(const Profile& profile, const std::string& error, ByteSink& to) {
  TextFile out(to);
  out.write("{\"traceEvents\":[\n");
  write_spans(profile, out);
  out.write("\n],\n\"sluice\":");
  out.write(summary(profile, error).dump(2, ' ', false, Json::error_handler_t::replace));
  out.write("}\n");
  out.flush();
}

}  // namespace sluice::tool
