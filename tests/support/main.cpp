// The tests' main. It lifts TBB's limit of one thread per core, so that runs on 8 threads, and
// plans for 64, are the same on 2 cores; it may, being the host program.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

#include <oneapi/tbb/global_control.h>

int main(int argc, char** argv) {
  oneapi::tbb::global_control threads(oneapi::tbb::global_control::max_allowed_parallelism, 64);
  return Catch::Session().run(argc, argv);
}
