package org.ugmm.compiler.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ugmm.engine.data.TrainingData;

/**
 * Which rows train and which are kept back: one split where there are many rows or a table of its
 * own for validation, else five, so that every row is kept back once. Classes are spread evenly.
 *
 * @param train [folds] rows to learn from
 * @param valid [folds] rows to compare candidates on
 * @param isRefit whether the chosen candidates learn from all rows in the end
 */
public record Folds(List<TrainingData> train, List<TrainingData> valid, boolean isRefit) {
  private static final int FEW_ROWS = 1500;
  private static final int NUM_FOLDS = 5;
  private static final int MOST_KEPT_BACK = 10_000;

  /** Above this, a tenth more rows change little, and learning takes long. */
  private static final int MANY_ROWS = 50_000;

  /**
   * Splits a table.
   *
   * @param classVariable -1 for none
   * @param fraction of the rows to keep back; 0 to choose
   */
  public static Folds of(TrainingData data, int classVariable, double fraction, long seed) {
    int n = data.numRows();
    if (n < 2) {
      return new Folds(List.of(data), List.of(data), false);
    }
    int[] order = spread(data, classVariable, seed);
    if (fraction > 0 || n >= FEW_ROWS) {
      double share = fraction > 0 ? fraction : Math.min(0.15, (double) MOST_KEPT_BACK / n);
      int kept = Math.max(1, Math.min(n - 1, (int) Math.round(n * share)));
      boolean[] isKept = new boolean[n];
      for (int i = 0; i < kept; i++) {
        isKept[(int) ((long) i * n / kept)] = true;
      }
      return new Folds(
          List.of(rows(data, order, isKept, false)),
          List.of(rows(data, order, isKept, true)),
          n < MANY_ROWS);
    }
    int folds = Math.min(NUM_FOLDS, n);
    List<TrainingData> train = new ArrayList<>();
    List<TrainingData> valid = new ArrayList<>();
    for (int f = 0; f < folds; f++) {
      boolean[] isKept = new boolean[n];
      for (int i = f; i < n; i += folds) {
        isKept[i] = true;
      }
      train.add(rows(data, order, isKept, false));
      valid.add(rows(data, order, isKept, true));
    }
    return new Folds(train, valid, true);
  }

  /** A table of its own for validation; it is not learned from. */
  public static Folds of(TrainingData data, TrainingData valid) {
    return new Folds(List.of(data), List.of(valid), false);
  }

  int size() {
    return train.size();
  }

  private static TrainingData rows(TrainingData data, int[] order, boolean[] isKept, boolean kept) {
    int count = 0;
    int[] rows = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      if (isKept[i] == kept) {
        rows[count++] = order[i];
      }
    }
    return data.select(Arrays.copyOf(rows, count));
  }

  /** Rows in random order, those of a class together. */
  private static int[] spread(TrainingData data, int classVariable, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int n = data.numRows();
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    if (classVariable < 0) {
      return order;
    }
    return IntStream.of(order)
        .boxed()
        .sorted(Comparator.comparingDouble(r -> data.value(r, classVariable)))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
