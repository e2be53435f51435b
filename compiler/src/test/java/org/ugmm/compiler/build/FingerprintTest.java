package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

final class FingerprintTest {
  private static String of(double hi, double weight) {
    TrainingData data =
        TrainingData.builder(List.of(Variable.real("x")))
            .addRow(new double[] {1}, 1)
            .addRow(new double[] {Double.NaN}, weight)
            .interval(0, 2, hi)
            .build();
    return Fingerprint.of(data, TrainOptions.DEFAULT);
  }

  @Test
  void tables_thatDifferInAnIntervalOrAWeight_haveOthers() {
    assertEquals(of(3, 1), of(3, 1));
    assertNotEquals(of(3, 1), of(4, 1));
    assertNotEquals(of(3, 1), of(3, 2));
  }
}
