package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Reference answers in double precision, slow and obvious: one log-sum-exp per sum, node by node.
 * Shares no code with the engine. Variables outside the root's scope are ignored.
 */
public final class Oracle {

  private static final double HALF_LOG_TWO_PI = 0.91893853320467274178;
  private static final long LARGEST_ENUMERATION = 1L << 20;

  private Oracle() {}

  /**
   * All best completions of the categorical variables.
   *
   * @param logValue the largest value, or -infinity
   * @param maximisers [number of ties][numVariables] state indices; -1 for real variables
   */
  public record Mpe(double logValue, List<int[]> maximisers) {}

  /** Called for every joint state of some categorical variables. */
  private interface StateVisitor {
    void visit(List<PlainEvidence> evidence, double logWeight);
  }

  /**
   * The log of f integrated over what the evidence leaves open; log f(x) for complete evidence.
   * Tractable circuits answer any evidence. In others, open categorical variables are summed out
   * one joint state at a time. A value outside its variable's domain has probability zero, whatever
   * the circuit's shape.
   *
   * @return -infinity for probability zero
   * @throws IllegalArgumentException if the circuit is not tractable and a real variable is open,
   *     or if an integral is infinite
   */
  public static double logValue(PlainCircuit circuit, List<PlainEvidence> evidence) {
    BitSet open = Support.toEnumerate(circuit, evidence);
    if (Support.outsideDomain(circuit, Support.of(circuit, evidence))) {
      return Double.NEGATIVE_INFINITY;
    }
    if (open.isEmpty()) {
      return logValues(circuit, evidence)[circuit.root()];
    }
    return marginal(circuit, evidence, open);
  }

  /** The log of the integral of f over everything. */
  public static double logZ(PlainCircuit circuit) {
    return logValue(circuit, PlainEvidence.none(circuit.numVariables()));
  }

  /**
   * The log value of every node by the rule of one pass up, whether or not that rule gives the
   * integral: [number of nodes], -infinity for zero.
   */
  public static double[] logValues(PlainCircuit circuit, List<PlainEvidence> evidence) {
    Support[] supports = Support.of(circuit, evidence);
    double[] logValue = new double[circuit.nodes().size()];
    for (int i = 0; i < logValue.length; i++) {
      PlainNode node = circuit.nodes().get(i);
      if (node instanceof PlainNode.Product p) {
        for (int child : p.children()) {
          // Zero times anything is zero, +infinity does not occur.
          logValue[i] += logValue[child];
        }
      } else if (node instanceof PlainNode.WeightedSum s) {
        double[] terms = new double[s.children().length];
        for (int c = 0; c < terms.length; c++) {
          terms[c] = Math.log(s.weights()[c]) + logValue[s.children()[c]];
        }
        logValue[i] = logSumExp(terms);
      } else if (node instanceof PlainNode.Link l) {
        logValue[i] = logNormal(logValue[l.child()], l.mean(), l.scale());
      } else if (node instanceof PlainNode.Constant c) {
        logValue[i] = c.logValue();
      } else {
        int var = PlainCircuit.varOf(node);
        logValue[i] = logLeaf(node, circuit.variables().get(var), supports[var]);
      }
    }
    return logValue;
  }

  static double logLeaf(PlainNode leaf, PlainVariable variable, Support support) {
    if (support instanceof Support.Weights w) {
      double[] terms = new double[w.weights().length];
      for (int k = 0; k < terms.length; k++) {
        terms[k] = Math.log(w.weights()[k]) + logLeafAtState(leaf, variable, k);
      }
      return logSumExp(terms);
    }
    PlainVariable.Real real = (PlainVariable.Real) variable;
    double mean;
    double scale;
    if (leaf instanceof PlainNode.Gaussian g) {
      mean = g.mean();
      scale = g.scale();
    } else {
      PlainVariable.Prior prior = real.prior();
      if (prior == null) {
        return logBase(real, support);
      }
      mean = prior.mean();
      scale = prior.scale();
    }
    if (support instanceof Support.At at) {
      return at.insideDomain() ? logNormal(at.value(), mean, scale) : Double.NEGATIVE_INFINITY;
    }
    Support.Range range = (Support.Range) support;
    return NormalInterval.log((range.lo() - mean) / scale, (range.hi() - mean) / scale);
  }

  private static double logLeafAtState(PlainNode leaf, PlainVariable variable, int state) {
    if (leaf instanceof PlainNode.Categorical c) {
      return Math.log(c.p()[state]);
    } else if (leaf instanceof PlainNode.Gaussian g) {
      double code = ((PlainVariable.Categorical) variable).codes()[state];
      return logNormal(code, g.mean(), g.scale());
    }
    return 0;
  }

  private static double logBase(PlainVariable.Real variable, Support support) {
    if (support instanceof Support.At at) {
      return at.insideDomain() ? 0 : Double.NEGATIVE_INFINITY;
    }
    Support.Range range = (Support.Range) support;
    if (Double.isInfinite(range.hi() - range.lo())) {
      throw new IllegalArgumentException(
          "the base measure of " + variable + " over " + range + " is infinite");
    }
    return Math.log(Math.max(0, range.hi() - range.lo()));
  }

  static double logNormal(double x, double mean, double scale) {
    double z = (x - mean) / scale;
    return -0.5 * z * z - Math.log(scale) - HALF_LOG_TWO_PI;
  }

  /** log SUM exp(term); -infinity for no terms. */
  public static double logSumExp(double... terms) {
    double max = Double.NEGATIVE_INFINITY;
    for (double term : terms) {
      max = Math.max(max, term);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (double term : terms) {
      sum += Math.exp(term - max);
    }
    return max + Math.log(sum);
  }

  /**
   * The marginal by summing over every joint state of the categorical variables, each observed as a
   * point: uses no rule for unobserved categorical variables. Real variables are left to {@link
   * #logValue}.
   */
  public static double marginalByEnumeration(PlainCircuit circuit, List<PlainEvidence> evidence) {
    return marginal(circuit, evidence, categoricals(circuit));
  }

  private static double marginal(PlainCircuit circuit, List<PlainEvidence> evidence, BitSet vars) {
    List<Double> terms = new ArrayList<>();
    forEachState(
        circuit, evidence, vars, (e, logWeight) -> terms.add(logWeight + logValue(circuit, e)));
    return logSumExp(terms.stream().mapToDouble(t -> t).toArray());
  }

  /**
   * The posterior of one categorical variable by enumeration: [K] probabilities of sum 1, or all
   * NaN where the evidence has probability zero.
   */
  public static double[] posteriorByEnumeration(
      PlainCircuit circuit, List<PlainEvidence> evidence, int var) {
    double logEvidence = marginalByEnumeration(circuit, evidence);
    Support.Weights support =
        (Support.Weights) Support.of(circuit.variables().get(var), evidence.get(var));
    double[] posterior = new double[support.weights().length];
    for (int k = 0; k < posterior.length; k++) {
      double joint =
          marginalByEnumeration(
              circuit, PlainEvidence.with(evidence, var, new PlainEvidence.Point(k)));
      posterior[k] = Math.exp(joint + Math.log(support.weights()[k]) - logEvidence);
    }
    return posterior;
  }

  /**
   * Every joint state of the categorical variables whose value (times its likelihood, where the
   * evidence is soft) is within {@code tolerance} of the largest, in logs. Real variables must be
   * observed as points.
   */
  public static Mpe mpeByEnumeration(
      PlainCircuit circuit, List<PlainEvidence> evidence, double tolerance) {
    List<double[]> values = new ArrayList<>();
    List<int[]> states = new ArrayList<>();
    for (int v = 0; v < evidence.size(); v++) {
      if (circuit.variables().get(v) instanceof PlainVariable.Real
          && !(evidence.get(v) instanceof PlainEvidence.Point)) {
        throw new IllegalArgumentException("real variable " + v + " is not observed as a point");
      }
    }
    forEachState(
        circuit,
        evidence,
        categoricals(circuit),
        (e, logWeight) -> {
          values.add(new double[] {logWeight + logValue(circuit, e)});
          states.add(statesOf(circuit, e));
        });
    double best = Double.NEGATIVE_INFINITY;
    for (double[] value : values) {
      best = Math.max(best, value[0]);
    }
    List<int[]> maximisers = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (values.get(i)[0] >= best - tolerance) {
        maximisers.add(states.get(i));
      }
    }
    return new Mpe(best, maximisers);
  }

  private static int[] statesOf(PlainCircuit circuit, List<PlainEvidence> evidence) {
    int[] states = new int[evidence.size()];
    for (int v = 0; v < states.length; v++) {
      boolean categorical = circuit.variables().get(v) instanceof PlainVariable.Categorical;
      states[v] = categorical ? (int) ((PlainEvidence.Point) evidence.get(v)).value() : -1;
    }
    return states;
  }

  private static BitSet categoricals(PlainCircuit circuit) {
    BitSet vars = new BitSet();
    for (int v = 0; v < circuit.numVariables(); v++) {
      vars.set(v, circuit.variables().get(v) instanceof PlainVariable.Categorical);
    }
    return vars;
  }

  private static void forEachState(
      PlainCircuit circuit, List<PlainEvidence> evidence, BitSet vars, StateVisitor visitor) {
    Support[] supports = Support.of(circuit, evidence);
    long count = 1;
    for (int v = vars.nextSetBit(0); v >= 0; v = vars.nextSetBit(v + 1)) {
      count *= ((Support.Weights) supports[v]).weights().length;
      if (count > LARGEST_ENUMERATION) {
        throw new IllegalArgumentException("too many joint states to enumerate: over " + count);
      }
    }
    enumerate(supports, new ArrayList<>(evidence), vars, vars.nextSetBit(0), 0, visitor);
  }

  private static void enumerate(
      Support[] supports,
      List<PlainEvidence> evidence,
      BitSet vars,
      int var,
      double logWeight,
      StateVisitor visitor) {
    if (var < 0) {
      visitor.visit(List.copyOf(evidence), logWeight);
      return;
    }
    double[] weights = ((Support.Weights) supports[var]).weights();
    for (int k = 0; k < weights.length; k++) {
      if (weights[k] > 0) {
        evidence.set(var, new PlainEvidence.Point(k));
        int next = vars.nextSetBit(var + 1);
        enumerate(supports, evidence, vars, next, logWeight + Math.log(weights[k]), visitor);
      }
    }
  }
}
