package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

final class FoldsTest {
  private static TrainingData numbered(int numRows) {
    double[] rows = new double[2 * numRows];
    for (int r = 0; r < numRows; r++) {
      rows[2 * r] = r;
      rows[2 * r + 1] = r % 10 == 0 ? 1 : 0;
    }
    return TrainingData.of(
        List.of(Variable.real("row"), Variable.categorical("class", "many", "few")), rows);
  }

  @Test
  void every_row_of_a_small_table_is_kept_back_once() {
    Folds folds = Folds.of(numbered(53), 1, 0, 1);
    int[] kept = new int[53];
    for (int f = 0; f < folds.size(); f++) {
      boolean[] isHere = new boolean[53];
      for (int r = 0; r < folds.valid().get(f).numRows(); r++) {
        int row = (int) folds.valid().get(f).value(r, 0);
        kept[row]++;
        isHere[row] = true;
      }
      for (int r = 0; r < folds.train().get(f).numRows(); r++) {
        assertTrue(!isHere[(int) folds.train().get(f).value(r, 0)], "row in both");
      }
      assertEquals(53, folds.valid().get(f).numRows() + folds.train().get(f).numRows());
    }
    for (int count : kept) {
      assertEquals(1, count);
    }
  }

  @Test
  void classes_are_spread_evenly() {
    Folds folds = Folds.of(numbered(100), 1, 0, 3);
    for (TrainingData valid : folds.valid()) {
      double few = 0;
      for (int r = 0; r < valid.numRows(); r++) {
        few += valid.value(r, 1);
      }
      assertEquals(2, few);
    }
  }

  @Test
  void a_fraction_is_kept_back_where_it_is_asked_for() {
    Folds folds = Folds.of(numbered(100), -1, 0.25, 3);
    assertEquals(1, folds.size());
    assertEquals(25, folds.valid().get(0).numRows());
    assertEquals(75, folds.train().get(0).numRows());
  }

  @Test
  void one_row_is_all_there_is() {
    Folds folds = Folds.of(numbered(1), 1, 0, 1);
    assertEquals(1, folds.train().get(0).numRows());
    assertEquals(1, folds.valid().get(0).numRows());
  }
}
