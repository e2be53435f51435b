package example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The digits of 8 by 8 pixels, 0 to 1.
 *
 * @param pixels [rows][64]
 * @param label [rows]
 */
record Digits(float[][] pixels, int[] label) {
  static final int PIXELS = 64;
  static final int CLASSES = 10;

  /** The rows that are held out, or the others. */
  static Digits read(Path folder, boolean isTest) throws IOException {
    String list = Files.readString(folder.resolve("digits.test-rows.json"));
    Set<Integer> test =
        Arrays.stream(list.replaceAll("[\\[\\]\\s]", "").split(","))
            .map(Integer::valueOf)
            .collect(Collectors.toSet());
    List<String> lines = Files.readAllLines(folder.resolve("digits.csv"));
    List<float[]> pixels = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    for (int r = 1; r < lines.size(); r++) {
      if (test.contains(r - 1) == isTest) {
        String[] cells = lines.get(r).split(",");
        float[] row = new float[PIXELS];
        for (int p = 0; p < PIXELS; p++) {
          row[p] = Float.parseFloat(cells[p]) / 16;
        }
        pixels.add(row);
        labels.add(Integer.valueOf(cells[PIXELS]));
      }
    }
    return new Digits(
        pixels.toArray(float[][]::new), labels.stream().mapToInt(Integer::intValue).toArray());
  }

  int size() {
    return label.length;
  }

  /** White where they are black: what no digit looks like. */
  Digits inverted() {
    float[][] other = new float[size()][PIXELS];
    for (int r = 0; r < size(); r++) {
      for (int p = 0; p < PIXELS; p++) {
        other[r][p] = 1 - pixels[r][p];
      }
    }
    return new Digits(other, label);
  }

  /** [columns] means. */
  static float[] means(float[][] rows) {
    float[] mean = new float[rows[0].length];
    for (float[] row : rows) {
      for (int p = 0; p < mean.length; p++) {
        mean[p] += row[p] / rows.length;
      }
    }
    return mean;
  }

  /** A copy with a share of the cells replaced, by the same numbers for all that are compared. */
  static float[][] hidden(float[][] rows, double share, float[] by) {
    Random random = new Random(3);
    float[][] other = new float[rows.length][];
    for (int r = 0; r < rows.length; r++) {
      other[r] = rows[r].clone();
      for (int p = 0; p < other[r].length; p++) {
        if (random.nextDouble() < share) {
          other[r][p] = by[p];
        }
      }
    }
    return other;
  }
}
