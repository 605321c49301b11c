// sluice-mutated-headers: files with damaged headers are described and read, each in a process of
// its own within bounds.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "header_mutations/headers.hpp"
#include "header_mutations/mutate.hpp"
#include "header_mutations/trial.hpp"
#include "support/temporary_folder.hpp"

using namespace sluice::test;

namespace {

constexpr const char* kHelp =
    "usage: sluice-mutated-headers [--count N] [--seed S] [--kind KIND] [--only K] [--keep FILE]\n"
    "  --count N    so many files of each kind (150)\n"
    "  --seed S     which files (1)\n"
    "  --kind KIND  of this kind alone: classic, big, geo, slide, jpeg, png\n"
    "  --only K     file K of the kind alone, with what is said of it\n"
    "  --keep FILE  where that file is put\n"
    "Exit code 1 when a file makes a crash, an exception that is no Error, more than 512 MiB\n"
    "resident, 1 GiB mapped or 10 seconds of processor.\n";

struct Options {
  int count = 150;
  std::uint64_t seed = 1;
  std::string kind;
  int only = -1;
  std::string keep;
};

template <class T>
T number(const std::string& name, const std::string& text) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(fmt::format("{} takes a number, not '{}'", name, text));
  return value;
}

Options parse(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const std::string& name = words[i];
    if (i + 1 == words.size()) throw std::invalid_argument(name + " takes a value");
    if (name == "--count")
      options.count = number<int>(name, words[i + 1]);
    else if (name == "--seed")
      options.seed = number<std::uint64_t>(name, words[i + 1]);
    else if (name == "--kind")
      options.kind = words[i + 1];
    else if (name == "--only")
      options.only = number<int>(name, words[i + 1]);
    else if (name == "--keep")
      options.keep = words[i + 1];
    else
      throw std::invalid_argument("no option is called " + name);
  }
  if ((options.only >= 0 || !options.keep.empty()) && (options.kind.empty() || options.only < 0))
    throw std::invalid_argument("--only takes a --kind, and --keep takes --only");
  return options;
}

void write(const std::string& file, const Mutated& mutated) {
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(mutated.bytes.data()), std::ssize(mutated.bytes));
  if (mutated.size > mutated.bytes.size()) std::filesystem::resize_file(file, mutated.size);
}

Mutated made(const HeaderKind& kind, const Options& options, int k) {
  Random random(options.seed * 1'000'003 + static_cast<std::uint64_t>(k));
  return mutate(random.pick(kind.files), random);
}

/// The number of failures.
int check_kind(const HeaderKind& kind, const Options& options, const std::string& file) {
  int read = 0, refused = 0, failures = 0;
  std::int64_t resident = 0;
  double seconds = 0;
  for (const std::vector<std::byte>& original : kind.files) {
    write(file, {original, 0});
    const Trial trial = look_at(file);
    if (trial.end == Trial::End::read) continue;
    ++failures;
    fmt::print("FAILED: a whole file of kind {}: {}\n", kind.name, trial.why);
  }
  for (int k = 0; k < options.count; ++k) {
    write(file, made(kind, options, k));
    const Trial trial = look_at(file);
    resident = std::max(resident, trial.resident_peak);
    seconds = std::max(seconds, trial.processor_seconds);
    read += trial.end == Trial::End::read;
    refused += trial.end == Trial::End::refused;
    if (trial.end != Trial::End::failed) continue;
    ++failures;
    fmt::print("FAILED: --seed {} --kind {} --only {}: {}\n", options.seed, kind.name, k,
               trial.why);
    std::fflush(stdout);
  }
  fmt::print(
      "{:8} {} mutations: {} read, {} refused, {} failed; at most {} MiB resident, {:.1f} s "
      "of processor\n",
      kind.name, options.count, read, refused, failures, resident >> 20, seconds);
  std::fflush(stdout);
  return failures;
}

int run_all(const Options& options) {
  const TemporaryFolder folder;
  const std::string file = folder.file("mutated");
  int failures = 0;
  bool any = false;
  for (const HeaderKind& kind : header_kinds()) {
    if (!options.kind.empty() && kind.name != options.kind) continue;
    any = true;
    if (options.only < 0) {
      failures += check_kind(kind, options, file);
      continue;
    }
    const std::string& to = options.keep.empty() ? file : options.keep;
    write(to, made(kind, options, options.only));
    const Trial trial = look_at(to);
    failures += trial.end == Trial::End::failed;
    fmt::print("{}: {}; {} MiB resident, {:.1f} s of processor\n",
               trial.end == Trial::End::read      ? "read"
               : trial.end == Trial::End::refused ? "refused"
                                                  : "FAILED",
               trial.why, trial.resident_peak >> 20, trial.processor_seconds);
  }
  if (!any) throw std::invalid_argument("no kind is called " + options.kind);
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && (words[0] == "--help" || words[0] == "-h")) {
    fmt::print("{}", kHelp);
    return 0;
  }
  try {
    return run_all(parse(words));
  } catch (const std::exception& error) {
    fmt::print(stderr, "sluice-mutated-headers: {}\n{}", error.what(), kHelp);
    return 2;
  }
}
