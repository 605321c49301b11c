/* The benchmark "crop, reduce to 0.9, convolve 3x3" on libvips, in one process. Built by peers.py. */
#include <vips/vips.h>

int main(int argc, char **argv) {
  if (argc != 3 || VIPS_INIT(argv[0])) return 2;
  VipsImage *kernel = vips_image_new_matrixv(3, 3, -1., -1., -1., -1., 16., -1., -1., -1., -1.);
  vips_image_set_double(kernel, "scale", 8);
  VipsImage *in = vips_image_new_from_file(argv[1], NULL), *part, *reduced, *sharp;
  if (!in || vips_crop(in, &part, 100, 100, in->Xsize - 200, in->Ysize - 200, NULL) ||
      vips_reduce(part, &reduced, 1 / 0.9, 1 / 0.9, "kernel", VIPS_KERNEL_LINEAR, NULL) ||
      vips_conv(reduced, &sharp, kernel, "precision", VIPS_PRECISION_INTEGER, NULL) ||
      vips_image_write_to_file(sharp, argv[2], NULL))
    vips_error_exit(NULL);
  return 0;
}
