/* A convolution in C, with one mistake chosen by `cc -DMISTAKE=TRUNCATES` or the like.

   Usage: port IMAGE.pgm KERNEL.txt OUTPUT.pgm */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RIGHT, TRUNCATES, HALF_UP, ZERO_BORDER, FLIPPED, SWAPPED, NO_LAST_ROW, STRIDE_2, WRAPS, ONLY_3X3 };

#ifndef MISTAKE
#define MISTAKE RIGHT
#endif

static int width, height, rows, columns;
static unsigned char *image;
static double kernel[65536];

static void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(3);
}

static void read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fscanf(file, "P5 %d %d 255", &width, &height) != 2)
        fail("no PGM image");
    fgetc(file);
    image = malloc(width * height);
    if (fread(image, 1, width * height, file) != (size_t)(width * height))
        fail("the image is cut short");
    fclose(file);
}

static void read_kernel(const char *path)
{
    char line[65536], *start, *end;
    int number = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        fail("no kernel");
    for (; fgets(line, sizeof line, file); rows++)
        for (start = line; kernel[number] = strtod(start, &end), end != start; start = end)
            number++;
    columns = number / rows;
    fclose(file);
}

static double pixel(int y, int x)
{
    if (MISTAKE == ZERO_BORDER && (y < 0 || y >= height || x < 0 || x >= width))
        return 0;
    y = y < 0 ? 0 : y >= height ? height - 1 : y;
    x = x < 0 ? 0 : x >= width ? width - 1 : x;
    return image[y * width + x];
}

static double weight(int i, int j)
{
    if (MISTAKE == FLIPPED)
        return kernel[(rows - 1 - i) * columns + columns - 1 - j];
    if (MISTAKE == SWAPPED)
        return kernel[j * columns + i];
    return kernel[i * columns + j];
}

static unsigned char rounded(double sum)
{
    double whole = MISTAKE == TRUNCATES ? trunc(sum) : MISTAKE == HALF_UP ? floor(sum + 0.5) : rint(sum);
    if (MISTAKE == WRAPS)
        return (unsigned char)(int)whole;
    return whole < 0 ? 0 : whole > 255 ? 255 : whole;
}

int main(int count, char **arguments)
{
    int y, x, i, j, step = MISTAKE == STRIDE_2 ? 2 : 1;
    if (count != 4)
        fail("usage: port IMAGE.pgm KERNEL.txt OUTPUT.pgm");
    read_image(arguments[1]);
    read_kernel(arguments[2]);
    if (MISTAKE == ONLY_3X3 && (rows != 3 || columns != 3))
        fail("the kernel is not 3 x 3");
    FILE *file = fopen(arguments[3], "wb");
    if (!file)
        fail("cannot write");
    fprintf(file, "P5\n%d %d\n255\n", (width + step - 1) / step, (height + step - 1) / step);
    for (y = 0; y < height; y += step)
        for (x = 0; x < width; x += step) {
            double sum = 0;
            for (i = 0; i < rows; i++)
                for (j = 0; j < columns; j++)
                    sum += weight(i, j) * pixel(y + i - rows / 2, x + j - columns / 2);
            fputc(MISTAKE == NO_LAST_ROW && y == height - 1 ? 0 : rounded(sum), file);
        }
    return fclose(file);
}
