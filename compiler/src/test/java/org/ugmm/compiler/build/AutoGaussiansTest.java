package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/** When a search of all families takes Gaussians with full covariances. */
final class AutoGaussiansTest {
  private static final TrainOptions OPTIONS =
      TrainOptions.DEFAULT
          .withEpochs(3)
          .withBudget(1e8, Long.MAX_VALUE)
          .withLearn(LearnOptions.DEFAULT.withThreads(1));

  /** Three reals and a state, on a plane or each for itself, some cells missing. */
  private static TrainingData table(int numRows, boolean isPlane) {
    List<Variable> variables =
        List.of(
            Variable.real("x"),
            Variable.real("y"),
            Variable.real("z"),
            Variable.categorical("c", "a", "b"));
    SplittableRandom random = new SplittableRandom(11);
    double[] rows = new double[4 * numRows];
    for (int r = 0; r < numRows; r++) {
      double x = Cloud.gaussian(random);
      double y = Cloud.gaussian(random);
      int c = random.nextInt(2);
      double[] row = {x, y, Cloud.gaussian(random), c};
      if (isPlane) {
        row[2] = x + y + c + 0.05 * row[2];
      }
      for (int v = 0; v < 4; v++) {
        rows[4 * r + v] = random.nextInt(20) == 0 ? Double.NaN : row[v];
      }
    }
    return TrainingData.of(variables, rows);
  }

  private static boolean hasBlocks(Circuit circuit) {
    for (int n = 0; n < circuit.numNodes(); n++) {
      if (circuit.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        return true;
      }
    }
    return false;
  }

  @Test
  void auto_columnsOnAPlane_takesFullCovariancesAndSaysTheGain() {
    Trained trained = Training.of(table(200, true)).learn(OPTIONS);
    Trained.Gain gain = trained.gain();
    assertNotNull(gain, trained.candidates().toString());
    assertTrue(gain.mean() > 2 * gain.standardError() && gain.standardError() > 0, gain + "");
    assertTrue(hasBlocks(trained.circuit()));
    Trained rest =
        Training.of(table(200, true)).learn(OPTIONS.withFamily(Family.parse("univariate"), 0));
    assertNull(rest.gain());
    assertTrue(!hasBlocks(rest.circuit()));
    assertEquals(trained.valid() - rest.valid(), gain.mean(), 0.2);
  }

  @Test
  void auto_classOnAPlane_takesFullCovariances() {
    Trained trained = Training.of(table(300, true)).learn(OPTIONS.withClassVariable("c"));
    assertTrue(hasBlocks(trained.circuit()), trained.candidates().toString());
    Trained.Accuracy accuracy = trained.accuracy();
    assertNotNull(accuracy);
    assertTrue(accuracy.value() > 0.9, accuracy.toString());
  }

  @Test
  void auto_independentColumns_leavesThem() {
    Trained trained = Training.of(table(200, false)).learn(OPTIONS);
    assertNull(trained.gain());
    assertTrue(!hasBlocks(trained.circuit()), trained.candidates().toString());
    assertTrue(trained.candidates().stream().anyMatch(c -> c.label().startsWith("gaussians")));
  }

  @Test
  void auto_noReals_givesTheBitsOfUnivariate() {
    TrainingData chain = SampleTables.chain(200, 6, 4);
    assertArrayEquals(
        parameters(Training.of(chain).learn(OPTIONS)),
        parameters(Training.of(chain).learn(OPTIONS.withFamily(Family.parse("univariate"), 0))));
  }

  @Test
  void auto_wideTable_leavesItsBudgetToTheOthers() {
    int numColumns = 300;
    SplittableRandom random = new SplittableRandom(3);
    double[] rows = new double[60 * numColumns];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Cloud.gaussian(random);
    }
    Variable[] columns = new Variable[numColumns];
    for (int v = 0; v < numColumns; v++) {
      columns[v] = Variable.real("x" + v);
    }
    TrainingData data = TrainingData.of(List.of(columns), rows);
    Trained trained = Training.of(data).learn(OPTIONS);
    assertTrue(trained.candidates().stream().noneMatch(c -> c.label().startsWith("gaussians")));
  }

  @Test
  void auto_twoThreads_giveTheSameBits() {
    TrainOptions two = OPTIONS.withLearn(LearnOptions.DEFAULT.withThreads(2));
    assertArrayEquals(
        parameters(Training.of(table(120, true)).learn(OPTIONS)),
        parameters(Training.of(table(120, true)).learn(two)));
  }

  @Test
  void auto_killedAndResumed_givesTheSameBits(@TempDir Path folder) {
    TrainingData data = table(120, true);
    AtomicInteger epochs = new AtomicInteger();
    TrainOptions counted =
        OPTIONS
            .withCheckpoints(folder.resolve("whole"))
            .withProgress(p -> epochs.incrementAndGet(), () -> false);
    double[] whole = parameters(Training.of(data).learn(counted));
    for (int killedAt : new int[] {epochs.get() / 3, epochs.get() - 1}) {
      TrainOptions options = OPTIONS.withCheckpoints(folder.resolve("run" + killedAt));
      AtomicInteger left = new AtomicInteger(killedAt);
      TrainOptions killed =
          options.withProgress(
              p -> {
                if (left.decrementAndGet() == 0) {
                  throw new IllegalStateException("killed");
                }
              },
              () -> false);
      assertThrows(IllegalStateException.class, () -> Training.of(data).learn(killed));
      assertArrayEquals(whole, parameters(Training.of(data).learn(options)));
    }
  }

  private static double[] parameters(Trained trained) {
    Circuit circuit = trained.circuit();
    double[] all = new double[circuit.numParameters()];
    int at = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      for (int i = 0; i < circuit.numParameters(n); i++) {
        all[at++] = circuit.parameter(n, i);
      }
    }
    return all;
  }
}
