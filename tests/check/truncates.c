/* A convolution that truncates: ./truncates IMAGE.pgm ROWS COLUMNS KERNEL.txt OUTPUT.pgm */

#include <stdio.h>
#include <stdlib.h>

static int inside(int value, int size)
{
    return value < 0 ? 0 : value < size ? value : size - 1;
}

int main(int count, char **names)
{
    if (count != 6)
        return 2;
    int width, height, y, x, i, j, rows = atoi(names[2]), columns = atoi(names[3]);
    FILE *image = fopen(names[1], "rb"), *text = fopen(names[4], "r"), *output = fopen(names[5], "wb");
    if (!image || !text || !output || fscanf(image, "P5 %d %d 255", &width, &height) != 2)
        return 1;
    fgetc(image); /* the white space behind the header */

    unsigned char *pixels = malloc(width * height);
    double *kernel = malloc(rows * columns * sizeof(double));
    if (fread(pixels, width, height, image) != (size_t)height)
        return 1;
    for (i = 0; i < rows * columns; i++)
        if (fscanf(text, "%lf", &kernel[i]) != 1)
            return 1;

    fprintf(output, "P5\n%d %d\n255\n", width, height);
    for (y = 0; y < height; y++)
        for (x = 0; x < width; x++) {
            double sum = 0;
            for (i = 0; i < rows; i++)
                for (j = 0; j < columns; j++)
                    sum += kernel[i * columns + j]
                        * pixels[inside(y + i - rows / 2, height) * width + inside(x + j - columns / 2, width)];
            fputc(sum < 0 ? 0 : sum > 255 ? 255 : (int)sum, output); /* rint(sum) would be right */
        }
    return fclose(output);
}
