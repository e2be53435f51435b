package org.ugmm.engine.mpe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Flat;
import org.ugmm.engine.Plain;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

class TaylorPassTest {

  /** Value, slope and curvature at random points of random boxes lie in what the pass encloses. */
  @Test
  void run_randomBoxes_encloseWhatTheEvaluatorSees() {
    SplittableRandom random = new SplittableRandom(11);
    for (int seed = 0; seed < 100; seed++) {
      Family family = seed % 2 == 0 ? Family.REAL : Family.MIXED;
      Variant variant = seed % 5 == 0 ? Variant.ZERO_PROBABILITIES : Variant.PLAIN;
      PlainCircuit plain = RandomCircuits.tractable(family, variant, 1 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      ConditionedCircuit r = new ConditionedCircuit(Flat.of(c), Flat.of(new Evidence(c)));
      TaylorPass pass = new TaylorPass(r);
      for (int trial = 0; trial < 12; trial++) {
        double[] lo = new double[r.numDimensions];
        double[] hi = new double[r.numDimensions];
        double width = Math.pow(10, -4 * random.nextDouble() + 0.5);
        for (int d = 0; d < lo.length; d++) {
          if (r.discrete[d]) {
            boolean free = random.nextBoolean();
            lo[d] = free ? 0 : random.nextInt(r.allowed[d].length);
            hi[d] = free ? r.allowed[d].length - 1 : lo[d];
          } else {
            lo[d] = 6 * random.nextDouble() - 3;
            hi[d] = random.nextInt(5) == 0 ? lo[d] : lo[d] + width * random.nextDouble();
          }
        }
        pass.run(lo, hi, 2);
        for (int probe = 0; probe < 8; probe++) {
          check(c, r, pass, lo, hi, random, "seed " + seed + "\n" + plain);
        }
      }
    }
  }

  /** Where scopes are too large for derivatives, ranges are enclosed all the same. */
  @Test
  void run_tooManyVariablesForDerivatives_enclosesTheRange() {
    int numReals = 3000;
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numReals; v++) {
      variables.add(Variable.real("x" + v, 0, 1));
    }
    CircuitBuilder b = Circuit.builder(variables);
    int[] leaves = new int[numReals];
    Arrays.setAll(leaves, v -> b.gaussian(v, 0.5, 1));
    int other = b.product(leaves);
    int node = other;
    for (int k = 0; k < 2700; k++) {
      node = b.sumLinear(new int[] {node, other}, new double[] {0.5, 0.5});
    }
    Circuit c = b.build(node);
    ConditionedCircuit r = new ConditionedCircuit(Flat.of(c), Flat.of(new Evidence(c)));
    TaylorPass pass = new TaylorPass(r);
    assertEquals(0, pass.maxOrder);
    double[] hi = new double[numReals];
    Arrays.fill(hi, 1);
    pass.run(new double[numReals], hi, 0);
    double peak = numReals * GaussianMass.logDensity(0.5, 0.5, 1);
    double corner = numReals * GaussianMass.logDensity(0, 0.5, 1);
    assertEquals(peak, pass.hi[r.root()], 1e-6);
    assertEquals(corner, pass.lo[r.root()], 1e-6);
    assertEquals(peak, pass.midHi[r.root()], 1e-6);
  }

  private static void check(
      Circuit c,
      ConditionedCircuit r,
      TaylorPass pass,
      double[] lo,
      double[] hi,
      SplittableRandom random,
      String what) {
    int root = r.root();
    double[] x = new double[lo.length];
    for (int d = 0; d < x.length; d++) {
      x[d] =
          r.discrete[d]
              ? lo[d] + random.nextInt((int) (hi[d] - lo[d]) + 1)
              : lo[d] + (hi[d] - lo[d]) * random.nextDouble();
    }
    double value = log(c, r, x);
    String message = what + "\n" + Arrays.toString(lo) + Arrays.toString(hi) + Arrays.toString(x);
    assertTrue(value <= pass.hi[root] && value >= pass.lo[root], message);
    if (value == Double.NEGATIVE_INFINITY) {
      return;
    }
    double h = 1e-3;
    int[] scope = pass.scope[root];
    for (int i = 0; i < scope.length; i++) {
      double slope = slope(c, r, x, scope[i], h);
      double slack = 1e-5 * (1 + Math.abs(slope)) + curvatureNoise(r);
      int at = pass.gradientStart[root] + i;
      assertTrue(
          slope <= pass.gradientHi[at] + slack && slope >= pass.gradientLo[at] - slack, message);
      for (int j = 0; j <= i; j++) {
        double[] y = x.clone();
        y[scope[j]] += h;
        double above = slope(c, r, y, scope[i], h);
        y[scope[j]] -= 2 * h;
        double bend = (above - slope(c, r, y, scope[i], h)) / (2 * h);
        int entry = pass.hessianStart[root] + i * (i + 1) / 2 + j;
        double room = 1e-4 * (1 + Math.abs(bend)) + curvatureNoise(r);
        assertTrue(
            bend <= pass.hessianHi[entry] + room && bend >= pass.hessianLo[entry] - room,
            () -> message + " " + bend + " " + pass.hessianLo[entry] + " " + pass.hessianHi[entry]);
      }
    }
  }

  /** How far the finite differences may be off: they see the fourth power of 1 / scale. */
  private static double curvatureNoise(ConditionedCircuit r) {
    double smallest = 1;
    for (int k = 0; k < r.numNodes; k++) {
      if (r.kind[k] == ConditionedCircuit.GAUSSIAN) {
        smallest = Math.min(smallest, r.scale[k]);
      }
    }
    return 3e-5 / Math.pow(smallest, 4);
  }

  private static double slope(Circuit c, ConditionedCircuit r, double[] x, int d, double h) {
    double[] y = x.clone();
    y[d] += h;
    double above = log(c, r, y);
    y[d] -= 2 * h;
    return (above - log(c, r, y)) / (2 * h);
  }

  private static double log(Circuit c, ConditionedCircuit r, double[] x) {
    double[] full = r.assignment(Flat.of(c), Flat.of(new Evidence(c)), x);
    return new LogEvaluator(Flat.of(c)).upward(Flat.of(new Evidence(c).row(full, 0)));
  }
}
