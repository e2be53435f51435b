package org.ugmm.engine.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Precision;

/** {@code -Dorg.ugmm.networks=1000} tries more random networks. */
final class NetworkLearnerTest {
  private static final int NETWORKS = Integer.getInteger("org.ugmm.networks", 60);
  private static final double H = 1e-5;

  /** A random network, rows for it and what is climbed. */
  private static final class Case {
    final int[] sizes;
    final boolean isTied;
    final PlainNetwork plain;
    final double[][] row;
    final int[] label;
    final double[] weight;
    final NetworkObjective objective;
    final NetworkRows rows;
    final int[] order;
    final int numThreads;

    Case(long seed, int mostUnits) {
      SplittableRandom random = new SplittableRandom(seed);
      sizes = new int[random.nextInt(2, 5)];
      Arrays.setAll(sizes, i -> random.nextInt(1, mostUnits));
      isTied = random.nextInt(4) == 0;
      plain = new PlainNetwork(sizes, isTied, random);
      int numRows = random.nextInt(1, 40);
      row = new double[numRows][sizes[0]];
      label = new int[numRows];
      weight = new double[numRows];
      rows = new NetworkRows(sizes[0]);
      int numRoots = sizes[sizes.length - 1];
      for (int r = 0; r < numRows; r++) {
        for (int k = 0; k < sizes[0]; k++) {
          row[r][k] = (float) random.nextDouble(-2, 2);
        }
        label[r] = random.nextInt(numRoots);
        weight[r] = random.nextInt(4) == 0 ? 0.5 : 1;
        rows.add(row[r], label[r], weight[r]);
      }
      double[] priors = new double[numRoots];
      Arrays.setAll(priors, c -> numRoots == 1 ? 0 : random.nextDouble(-2, 0));
      double share = numRoots == 1 ? 0 : random.nextInt(3) / 2.0;
      objective = new NetworkObjective(priors, share, sizes[0] + 1);
      order = IntStream.range(0, numRows).toArray();
      numThreads = random.nextInt(1, 3);
    }

    NetworkLearner learner(Precision precision) {
      NetworkLearner learner =
          new NetworkLearner(sizes, isTied, rows.numRows(), precision, numThreads);
      plain.give(learner);
      return learner;
    }

    double loss() {
      return plain.loss(row, label, weight, objective);
    }

    /** Moves one parameter, of all components where they share it. */
    void move(int layer, int unit, int input, int part, double step) {
      double[][] components = plain.parameter[layer][unit];
      for (int k = 0; k < components.length; k++) {
        if (k == input || (isTied && part == 0)) {
          components[k][part] += step;
        }
      }
    }

    double slope(int layer, int unit, int input, int part) {
      move(layer, unit, input, part, H);
      double up = loss();
      move(layer, unit, input, part, -2 * H);
      double down = loss();
      move(layer, unit, input, part, H);
      return (up - down) / (2 * H);
    }
  }

  @Test
  void gradients_ofRandomNetworks_areSlopesOfTheLoss() {
    for (long seed = 1; seed <= NETWORKS; seed++) {
      Case c = new Case(seed, 12);
      double[] inputs = new double[c.rows.numRows() * c.sizes[0]];
      try (NetworkLearner learner = c.learner(Precision.DOUBLE)) {
        double loss = learner.gradients(c.rows, c.order, 0, c.rows.numRows(), c.objective, inputs);
        String where = "seed " + seed + " sizes " + Arrays.toString(c.sizes);
        assertEquals(c.loss(), loss, 1e-12 * (1 + Math.abs(loss)), where);
        double most = check(c, learner, where);
        checkInputs(c, inputs, most, where);
      }
    }
  }

  /** Checks some parameters of each layer; the largest gradient. */
  private static double check(Case c, NetworkLearner learner, String where) {
    SplittableRandom random = new SplittableRandom(c.sizes.length);
    double most = 1e-3;
    for (int l = 0; l < learner.numLayers(); l++) {
      for (int i = 0; i < 12; i++) {
        int unit = random.nextInt(learner.numUnits(l));
        int input = random.nextInt(learner.numInputs(l));
        int part = random.nextInt(PlainNetwork.PARTS);
        double slope = c.slope(l, unit, input, part);
        most = Math.max(most, Math.abs(slope));
        double found = learner.gradient(l, unit, input, part);
        assertEquals(
            slope,
            found,
            1e-7 * (1 + most),
            () -> where + " part " + part + " of component " + input + " of unit " + unit);
      }
    }
    return most;
  }

  private static void checkInputs(Case c, double[] inputs, double most, String where) {
    for (int r = 0; r < Math.min(3, c.row.length); r++) {
      for (int k = 0; k < c.sizes[0]; k++) {
        double x = c.row[r][k];
        c.row[r][k] = x + H;
        double up = c.loss();
        c.row[r][k] = x - H;
        double down = c.loss();
        c.row[r][k] = x;
        double slope = (up - down) / (2 * H);
        assertEquals(slope, inputs[r * c.sizes[0] + k], 1e-7 * (1 + most), where + " input " + k);
      }
    }
  }

  @Test
  void gradients_inFloat_areThoseInDoubleButForRounding() {
    for (long seed = 1; seed <= NETWORKS; seed++) {
      Case c = new Case(seed, 20);
      try (NetworkLearner exact = c.learner(Precision.DOUBLE);
          NetworkLearner rough = c.learner(Precision.FLOAT)) {
        int n = c.rows.numRows();
        double loss = exact.gradients(c.rows, c.order, 0, n, c.objective, null);
        double found = rough.gradients(c.rows, c.order, 0, n, c.objective, null);
        assertEquals(loss, found, 1e-4 * (1 + Math.abs(loss)), "seed " + seed);
        double most = 0;
        double off = 0;
        for (int l = 0; l < exact.numLayers(); l++) {
          for (int j = 0; j < exact.numUnits(l); j++) {
            for (int k = 0; k < exact.numInputs(l); k++) {
              for (int part = 0; part < PlainNetwork.PARTS; part++) {
                double g = exact.gradient(l, j, k, part);
                most = Math.max(most, Math.abs(g));
                off = Math.max(off, Math.abs(g - rough.gradient(l, j, k, part)));
              }
            }
          }
        }
        assertTrue(off <= 1e-4 * (1 + most), "seed " + seed + ": off by " + off + " of " + most);
      }
    }
  }

  @Test
  void values_farFromAllMeans_areFiniteAndRight() {
    Case c = new Case(3, 9);
    double[] far = new double[c.sizes[0]];
    Arrays.fill(far, 300);
    NetworkRows rows = new NetworkRows(c.sizes[0]);
    rows.add(far, 0, 1);
    double[] expected = c.plain.roots(far);
    double[] found = new double[expected.length];
    for (Precision precision : Precision.values()) {
      try (NetworkLearner learner = c.learner(precision)) {
        learner.values(rows, new int[] {0}, 0, 1, learner.numLayers() - 1, found);
        for (int j = 0; j < found.length; j++) {
          double tolerance = precision == Precision.FLOAT ? 1e-4 : 1e-11;
          assertEquals(expected[j], found[j], tolerance * Math.abs(expected[j]));
        }
        double loss = learner.gradients(rows, new int[] {0}, 0, 1, c.objective, null);
        assertTrue(Double.isFinite(loss) && Double.isFinite(learner.gradient(0, 0, 0, 0)));
      }
    }
  }

  @Test
  void steps_onAnyNumberOfThreads_areTheSameBits() throws IOException {
    byte[] one = trained(1, 9, 0.3);
    assertArrayEquals(one, trained(2, 9, 0.3));
    assertArrayEquals(one, trained(3, 9, 0.3));
    assertNotEquals(Arrays.hashCode(one), Arrays.hashCode(trained(1, 9, 0)));
  }

  @Test
  void state_savedAndLoaded_goesOnWithTheSameBits() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    NetworkRows rows = table(random, 200);
    int[] order = IntStream.range(0, 200).toArray();
    try (NetworkLearner first = learner(1);
        NetworkLearner second = learner(1)) {
      steps(first, rows, order, 5, 0.2);
      second.load(new DataInputStream(new ByteArrayInputStream(bytes(first))));
      steps(first, rows, order, 4, 0.2);
      steps(second, rows, order, 4, 0.2);
      assertArrayEquals(bytes(first), bytes(second));
    }
  }

  /** So a run that was stopped goes on on a machine whose vectors have another length. */
  @Test
  void state_hasTheNumbersOfTheNetwork_whateverTheKernels() throws IOException {
    for (Precision precision : Precision.values()) {
      int[] sizes = {5, 7, 3};
      try (NetworkLearner learner = new NetworkLearner(sizes, false, 16, precision, 1)) {
        int numbers = 2 * (5 + 7) + 9 * (5 * 7 + 7 * 3);
        assertEquals(Integer.BYTES + numbers * Double.BYTES, bytes(learner).length);
      }
    }
  }

  @Test
  void steps_always_lowerTheLoss() {
    SplittableRandom random = new SplittableRandom(8);
    NetworkRows rows = table(random, 200);
    int[] order = IntStream.range(0, 200).toArray();
    try (NetworkLearner learner = learner(1)) {
      NetworkObjective objective = objective();
      NetworkLearner.Step step = new NetworkLearner.Step(1e-2, 10, 0, -4, 1);
      double before = learner.step(rows, order, 0, 128, objective, step);
      double after = before;
      for (int i = 0; i < 300; i++) {
        after = learner.step(rows, order, 0, 128, objective, step);
      }
      assertTrue(after < 0.5 * before, before + " to " + after);
    }
  }

  @Test
  void rows_notFiniteOrOfAnotherWidth_areRefused() {
    NetworkRows rows = new NetworkRows(2);
    assertThrows(IllegalArgumentException.class, () -> rows.add(new double[3], 0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> rows.add(new double[] {1, Double.NaN}, 0, 1));
    assertEquals(0, rows.numRows());
  }

  private static NetworkLearner learner(int numThreads) {
    int[] sizes = {6, 11, 5, 3};
    NetworkLearner learner = new NetworkLearner(sizes, false, 128, Precision.FLOAT, numThreads);
    new PlainNetwork(sizes, false, new SplittableRandom(2)).give(learner);
    return learner;
  }

  private static NetworkRows table(SplittableRandom random, int numRows) {
    NetworkRows rows = new NetworkRows(6);
    for (int r = 0; r < numRows; r++) {
      double[] row = new double[6];
      int label = random.nextInt(3);
      Arrays.setAll(row, k -> random.nextDouble() + (k % 3 == label ? 1 : 0));
      rows.add(row, label, 1);
    }
    return rows;
  }

  private static NetworkObjective objective() {
    double third = -Math.log(3);
    return new NetworkObjective(new double[] {third, third, third}, 1, 7);
  }

  private static void steps(
      NetworkLearner learner, NetworkRows rows, int[] order, int count, double dropout) {
    for (int i = 0; i < count; i++) {
      learner.step(
          rows, order, 10 * i, 100, objective(), new NetworkLearner.Step(1e-2, 1, dropout, -4, 1));
    }
  }

  private static byte[] trained(int numThreads, int count, double dropout) throws IOException {
    try (NetworkLearner learner = learner(numThreads)) {
      NetworkRows rows = table(new SplittableRandom(4), 200);
      steps(learner, rows, IntStream.range(0, 200).toArray(), count, dropout);
      return bytes(learner);
    }
  }

  private static byte[] bytes(NetworkLearner learner) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    learner.save(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }
}
