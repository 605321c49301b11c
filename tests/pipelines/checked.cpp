#include "pipelines/checked.hpp"

#include <iterator>
#include <sstream>

#include "pipelines/checker.hpp"
#include "pipelines/fake_steps.hpp"

namespace sluice::test {

Pipeline check_text(std::string_view text, const PipelineOptions& options) {
  Diagnostics diagnostics({"p.yaml", {}, false});
  const Description description = describe_file(text, diagnostics);
  return build_pipeline(description, fake_steps(), options, diagnostics);
}

Pipeline check_words(std::vector<std::string> words, const PipelineOptions& options) {
  Diagnostics diagnostics({"", std::move(words), true});
  const Description description = describe_words(diagnostics);
  return build_pipeline(description, fake_steps(), options, diagnostics);
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string file(const std::string& steps) {
  return "sluice: 1\nsteps:\n" + steps;
}

void check_steps(const std::vector<MessageCase>& cases) {
  for (const MessageCase& c : cases) {
    INFO(c.text);
    CHECK(messages_of([&] { check_text(file(c.text)); }) == c.messages);
  }
}

void check_lines(const std::vector<MessageCase>& cases) {
  for (const MessageCase& c : cases) {
    INFO(c.text);
    CHECK(messages_of([&] { check_words(words_of(c.text)); }) == c.messages);
  }
}

}  // namespace sluice::test
