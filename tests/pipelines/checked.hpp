// Descriptions checked against the fake steps, and what the checker says of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipelines/pipeline.hpp"
#include "support/catch.hpp"

namespace sluice::test {

Pipeline check_text(std::string_view text, const PipelineOptions& options = {});
Pipeline check_words(std::vector<std::string> words, const PipelineOptions& options = {});

template <class Check>
std::vector<std::string> messages_of(Check check) {
  try {
    check();
  } catch (const PipelineError& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.messages();
  } catch (const Error& e) {
    return {std::string("not a PipelineError: ") + e.what()};
  }
  return {};
}

/// The words of a line, split at blanks.
std::vector<std::string> words_of(const std::string& line);

struct MessageCase {
  std::string text;
  std::vector<std::string> messages;
};

/// The steps of a file around which nothing is wrong.
std::string file(const std::string& steps);

/// Checks that each file with these steps gives these messages.
void check_steps(const std::vector<MessageCase>& cases);
/// The same for the words of a command line.
void check_lines(const std::vector<MessageCase>& cases);

}  // namespace sluice::test
