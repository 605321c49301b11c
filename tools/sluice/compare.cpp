// Compares two images pixel by pixel.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "codecs/format.hpp"
#include "commands.hpp"
#include "common_options.hpp"
#include "difference.hpp"
#include "execution.hpp"
#include "exit_codes.hpp"
#include "numbers.hpp"
#include "progress.hpp"
#include "values.hpp"

namespace sluice::tool {

namespace {

using Json = nlohmann::ordered_json;

// Why the images cannot be compared pixel by pixel, "" when they can.
std::string mismatch(const ImageInfo& a, const ImageInfo& b) {
  if (a.width != b.width || a.height != b.height)
    return fmt::format("the sizes differ: {} x {} and {} x {}", a.width, a.height, b.width,
                       b.height);
  if (a.channels() != b.channels())
    return fmt::format("the numbers of channels differ: {} and {}", a.channels(), b.channels());
  if (a.type != b.type)
    return fmt::format("the sample types differ: {} and {}", name_of(a.type), name_of(b.type));
  return {};
}

// In dB, against the range of the type, or of A's samples where they are floating-point numbers.
double psnr(const ReductionValues& values, std::size_t c, const ImageInfo& info) {
  const double squares = (*values.find("squares"))[0][c];
  const auto [low, high] = range_of(info.type);
  const double peak =
      is_float(info.type) ? (*values.find("high"))[0][c] - (*values.find("low"))[0][c] : high - low;
  const double pixels = static_cast<double>(info.width) * static_cast<double>(info.height);
  return squares > 0 ? 10 * std::log10(peak * peak * pixels / squares)
                     : std::numeric_limits<double>::infinity();
}

// Prints the comparison; returns whether all differences are within the tolerance.
bool print(const ReductionValues& values, const ImageInfo& info, double tolerance, bool json) {
  const auto& max = (*values.find("max"))[0];
  const auto& over = (*values.find("over"))[0];
  bool within = true, equal = true;
  Json channels = Json::array();
  std::string text = fmt::format("{:<12}  {:>14}  {:>16}  {:>10}\n", "channel", "max difference",
                                 "over tolerance", "PSNR");
  for (std::size_t c = 0; c < max.size(); ++c) {
    const std::string name = channel_name(info, static_cast<int>(c));
    const double noise = psnr(values, c, info);
    within = within && over[c] == 0;
    equal = equal && max[c] == 0;
    text += fmt::format("{:<12}  {:>14}  {:>16}  {:>10}\n", name, number_text(max[c]),
                        number_text(over[c]),
                        std::isfinite(noise) ? fmt::format("{:.2f} dB", noise) : "inf");
    channels.push_back({{"channel", name},
                        {"max_difference", std::isfinite(max[c]) ? Json(max[c]) : Json(nullptr)},
                        {"over_tolerance", static_cast<std::int64_t>(over[c])},
                        {"psnr", std::isfinite(noise) ? Json(noise) : Json(nullptr)}});
  }
  text += equal    ? "the pixels are equal\n"
          : within ? fmt::format("all differences are at most {}\n", number_text(tolerance))
                   : "the images differ\n";
  if (json)
    text = Json{{"equal", equal},
                {"within_tolerance", within},
                {"tolerance", tolerance},
                {"channels", channels}}
               .dump(2) +
           "\n";
  std::fputs(text.c_str(), stdout);
  return within;
}

int compare(const std::vector<std::string>& files, double tolerance, const CommonOptions& options,
            const Signals& signals) {
  const auto graph = Graph::make();
  Image images[2];
  for (std::size_t i = 0; i < 2; ++i) {
    graph->set_place({"read", files[i]});
    images[i] = add_source(graph, open_image(files[i]));
  }
  if (const std::string reason = mismatch(images[0].info(), images[1].info()); !reason.empty()) {
    const std::string text =
        options.json
            ? Json{{"equal", false}, {"within_tolerance", false}, {"reason", reason}}.dump(2)
            : reason;
    std::fputs((text + "\n").c_str(), stdout);
    return kDataSaidNo;
  }
  graph->set_place({"compare", ""});
  const Image both = paired(images[0], images[1]);
  const Result result = add_reduction("compare", both, difference_of(both.info(), tolerance));

  RunOptions run_with;
  run_with.stop = signals.token();
  {
    ProgressDisplay display(options.progress, options.quiet);
    run_with.progress = [&](const Progress& progress) { display.update(progress); };
    run_within(*graph, options, run_with,
               [&](const ProcessPlan& plan) { display.expect(*graph, plan.plan); });
  }
  return print(result.values(), images[0].info(), tolerance, options.json) ? kDone : kDataSaidNo;
}

}  // namespace

int compare_command(const std::vector<std::string>& words, Signals& signals) {
  CommandLine line(
      "compare", "A B",
      "Compares the pixels of two images; exit 0 when no sample differs by more than the "
      "tolerance, 1 when one does, 3 when an image cannot be read.");
  line.add_work_options();
  line.add_json();
  std::string text = "0";
  line.app()
      .add_option("--tolerance", text, "Largest difference that is accepted (default 0)")
      ->type_name("NUMBER");
  const auto files = line.parse(words);
  if (!files) return kDone;
  const auto tolerance = parse_number(text);
  if (!tolerance || *tolerance < 0)
    throw Error(ErrorKind::usage,
                fmt::format("--tolerance takes a number from 0 on, not '{}'", text));
  if (files->size() != 2) throw Error(ErrorKind::usage, "compare takes two images");
  try {
    return compare(*files, *tolerance, line.options(), signals);
  } catch (const Error& e) {
    // 1 means "they differ" here: an image that cannot be read is no such answer.
    if (e.kind() != ErrorKind::data) throw;
    std::fputs(fmt::format("error: {}\n", e.what()).c_str(), stderr);
    return kSystemSaidNo;
  }
}

}  // namespace sluice::tool
