#!/usr/bin/env python3
"""Times sluice against libvips on the same file, in turn, and prints medians and ratios.

  peers.py --sluice build/release/tools/sluice --vips /opt/vips/bin/vips IMAGE.tif [ROW...]

IMAGE.tif is an RGB image of 8 bits in tiles of 256 x 256, best about 10000 x 10000. Outputs are
uncompressed tiled TIFFs in --dir, removed before each run and outside of what is timed. Per row:
seconds and peak memory of both (medians), the median of the ratios pair by pair with their least
and largest, and of sluice on one thread against two. The row chain-raw needs libvips' headers
(found by pkg-config, see PKG_CONFIG_PATH) and a C compiler. On a shared machine the ratios mean
more than the seconds.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

MATRIX = "matrix=[[-1,-1,-1],[-1,16,-1],[-1,-1,-1]]"
TILES_256 = "[tile,tile-width=256,tile-height=256]"
# Row: sluice's steps between read and the end, what it ends in, and libvips' arguments.
ROWS = {
    "chain-raw": (["crop", "margin=100", "!", "resize", "scale=0.9", "kernel=linear", "!",
                   "convolve", MATRIX, "scale=8", "!"], ["tile=256"],
                  ["CHAIN", "IN", "OUT" + TILES_256]),
    "copy-raw": ([], ["tile=256"], ["VIPS", "copy", "IN", "OUT" + TILES_256]),
    "stats": (["stats"], None, ["VIPS", "stats", "IN", "VALUES"]),
    "gauss-8": (["gaussian_blur", "8", "!"], ["tile=128"],
                ["VIPS", "gaussblur", "IN", "OUT[tile]", "8"]),
    "rotate-90": (["rotate", "90", "!"], ["tile=128"], ["VIPS", "rot", "IN", "OUT[tile]", "d90"]),
}


def run(command, outputs):
    """Seconds and peak MiB of one run."""
    for output in outputs:
        output.unlink(missing_ok=True)
    with tempfile.TemporaryFile() as messages:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            messages.seek(0)
            sys.exit(f"{' '.join(command)}: {messages.read().decode(errors='replace')}")
    return seconds, usage.ru_maxrss / 1024


def chain_program(folder):
    source = pathlib.Path(__file__).with_name("vips_chain.c")
    program = folder / "vips_chain"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "vips"], check=True, text=True,
                           capture_output=True).stdout.split()
    libraries = [f"-Wl,-rpath,{flag[2:]}" for flag in flags if flag.startswith("-L")]
    subprocess.run(["cc", "-O2", "-o", program, source, *flags, *libraries], check=True)
    return str(program)


def measure(row, arguments, folder):
    out, reference, values = folder / "sluice.tif", folder / "vips.tif", folder / "vips.v"
    steps, ending, peer = ROWS[row]
    sluice = [arguments.sluice, "pipe", "read", arguments.image, "!", *steps]
    if ending:
        sluice += ["write", str(out), *ending]
    sluice += ["--progress", "none", "-q"]
    names = {"VIPS": arguments.vips, "IN": arguments.image, "VALUES": str(values)}
    if peer[0] == "CHAIN":
        names["CHAIN"] = chain_program(folder)
    other = [names.get(word, word.replace("OUT", str(reference), 1)) for word in peer]
    runs = {"two": (sluice + ["--threads", "2"], [out]), "other": (other, [reference, values]),
            "one": (sluice + ["--threads", "1"], [out])}
    results = {name: [] for name in runs}
    for count in range(arguments.runs + 1):  # the first is to fill caches
        for name, (command, outputs) in runs.items():
            result = run(command, outputs)
            if count > 0:
                results[name].append(result)
    for path in (out, reference, values):
        path.unlink(missing_ok=True)
    ratios = [a[0] / b[0] for a, b in zip(results["two"], results["other"])]
    threads = [a[0] / b[0] for a, b in zip(results["one"], results["two"])]
    median = {name: [statistics.median(column) for column in zip(*result)]
              for name, result in results.items()}
    print(f"{row:10} sluice {median['two'][0]:.3f} s {median['two'][1]:4.0f} MiB   "
          f"libvips {median['other'][0]:.3f} s {median['other'][1]:4.0f} MiB   "
          f"ratio {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]   "
          f"2 threads {statistics.median(threads):.2f} times 1", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sluice", default="build/release/tools/sluice")
    parser.add_argument("--vips", default="vips")
    parser.add_argument("--dir", help="for outputs; by default beside the image")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("image")
    parser.add_argument("row", nargs="*", default=list(ROWS))
    arguments = parser.parse_args()
    if unknown := [row for row in arguments.row if row not in ROWS]:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    parent = arguments.dir or os.path.dirname(os.path.abspath(arguments.image))
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        for row in arguments.row:
            measure(row, arguments, pathlib.Path(folder))


if __name__ == "__main__":
    main()
