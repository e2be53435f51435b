package org.ugmm.engine;

import java.util.SplittableRandom;
import java.util.function.ObjDoubleConsumer;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.exact.LogEvaluator;

/**
 * Random deep networks with random evidence, and values of theirs at random points of boxes. {@code
 * -Dorg.ugmm.fuzz=100} takes that many times more points, {@code -Dorg.ugmm.fuzzNetworks=100} that
 * many networks.
 */
public final class Probes {
  public static final int FACTOR = Integer.getInteger("org.ugmm.fuzz", 1);
  public static final int NETWORKS = Integer.getInteger("org.ugmm.fuzzNetworks", 1000);

  public final SplittableRandom random;
  final Circuit circuit;
  final Evidence evidence;
  public final ConditionedNetwork r;
  private final LogEvaluator evaluator;
  private final Evidence complete;

  public Probes(long seed) {
    random = new SplittableRandom(seed);
    Circuit c = network(seed);
    circuit = c;
    evidence = new Evidence(c);
    for (int v = 0; v < c.numVariables(); v++) {
      if (random.nextInt(4) == 0) {
        evidence.observe(v, inside(c.variables().get(v)));
      }
    }
    r = ConditionedNetwork.of(evidence.flat);
    evaluator = new LogEvaluator(c.flat);
    complete = evidence.copy();
  }

  private Circuit network(long seed) {
    int[] widths = new int[2 + random.nextInt(3)];
    for (int l = 0; l < widths.length; l++) {
      widths[l] = l + 1 == widths.length ? 1 : 1 + random.nextInt(5);
    }
    int numReals = 1 + random.nextInt(4);
    double spread = new double[] {0.5, 1.5, 4, 40}[random.nextInt(4)];
    return PaperNetwork.random(numReals, random.nextInt(2) * 3, widths, spread, seed);
  }

  private double inside(Variable variable) {
    return variable instanceof Variable.Real real
        ? real.lo() + random.nextDouble() * (real.hi() - real.lo())
        : random.nextInt(((Variable.Categorical) variable).numStates());
  }

  /**
   * Evaluates random points of a box, its corners among them, and perhaps one point given.
   *
   * @param numPoints how many, times the factor
   * @param first [numFree] the first point where it lies in the box
   * @param check is given each point and the natural log of f there
   */
  public void run(
      double[] lo, double[] hi, int numPoints, double[] first, ObjDoubleConsumer<double[]> check) {
    double[] x = new double[lo.length];
    for (int k = 0; k < numPoints * FACTOR; k++) {
      for (int i = 0; i < x.length; i++) {
        int corner = random.nextInt(6);
        boolean isFirst = k == 0 && first[i] >= lo[i] && first[i] <= hi[i];
        x[i] = isFirst ? first[i] : corner == 0 ? lo[i] : corner == 1 ? hi[i] : between(i, lo, hi);
        complete.observe(r.freeVariable[i], x[i]);
      }
      double value = evaluator.upward(complete.flat);
      if (evaluator.relativeErrorBound() < 1e-3) { // else the evaluator itself proves nothing
        check.accept(x, value);
      }
    }
  }

  private double between(int i, double[] lo, double[] hi) {
    return r.discrete[i]
        ? lo[i] + random.nextInt((int) (hi[i] - lo[i]) + 1)
        : Math.min(hi[i], lo[i] + random.nextDouble() * (hi[i] - lo[i]));
  }

  /** How far the value that was checked last may be off. */
  public double error(double value) {
    return 2 * evaluator.relativeErrorBound() + Math.ulp(value);
  }
}
