package org.ugmm.testdata;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The part of a variable's values that evidence leaves: what both oracles integrate or sum over.
 */
sealed interface Support {

  /** A real variable at one value. */
  record At(double value, boolean insideDomain) implements Support {}

  /** A real variable anywhere in [lo, hi], ends possibly infinite; empty where lo &gt;= hi. */
  record Range(double lo, double hi) implements Support {}

  /**
   * A categorical variable, each state's value multiplied by its weight.
   *
   * @param weights [K] linear; zeros and ones unless the evidence is soft
   */
  record Weights(double[] weights) implements Support {}

  /**
   * Reads evidence on a variable.
   *
   * @throws IllegalArgumentException if the evidence does not fit the variable
   */
  static Support of(PlainVariable variable, PlainEvidence evidence) {
    if (variable instanceof PlainVariable.Real real) {
      PlainVariable.Domain domain = real.domain();
      if (evidence instanceof PlainEvidence.Point p && Double.isFinite(p.value())) {
        return new At(p.value(), domain == null || domain.contains(p.value()));
      }
      double lo = domain == null ? Double.NEGATIVE_INFINITY : domain.lo();
      double hi = domain == null ? Double.POSITIVE_INFINITY : domain.hi();
      if (evidence instanceof PlainEvidence.Interval i) {
        return new Range(Math.max(lo, i.lo()), Math.min(hi, i.hi()));
      } else if (evidence instanceof PlainEvidence.Unobserved) {
        return new Range(lo, hi);
      }
    } else if (variable instanceof PlainVariable.Categorical categorical) {
      double[] weights = new double[categorical.numStates()];
      if (evidence instanceof PlainEvidence.Unobserved) {
        Arrays.fill(weights, 1);
        return new Weights(weights);
      } else if (evidence instanceof PlainEvidence.Point p && isState(p.value(), weights.length)) {
        weights[(int) p.value()] = 1;
        return new Weights(weights);
      } else if (evidence instanceof PlainEvidence.States s
          && s.allowed().length == weights.length) {
        Arrays.setAll(weights, k -> s.allowed()[k] ? 1 : 0);
        return new Weights(weights);
      } else if (evidence instanceof PlainEvidence.Likelihood l
          && l.perState().length == weights.length) {
        return new Weights(l.perState().clone());
      }
    }
    throw new IllegalArgumentException("evidence " + evidence + " on variable " + variable);
  }

  private static boolean isState(double value, int numStates) {
    return value >= 0 && value < numStates && value == Math.rint(value);
  }

  /** The support of every variable. */
  static Support[] of(PlainCircuit circuit, List<PlainEvidence> evidence) {
    if (evidence.size() != circuit.numVariables()) {
      throw new IllegalArgumentException(
          evidence.size() + " evidence entries for " + circuit.numVariables() + " variables");
    }
    Support[] supports = new Support[evidence.size()];
    Arrays.setAll(supports, v -> of(circuit.variables().get(v), evidence.get(v)));
    return supports;
  }

  /**
   * The variables which must be summed out one state at a time because the rule for one pass up
   * does not hold: none in a tractable circuit or under complete evidence.
   *
   * @throws IllegalArgumentException if a real variable is among them
   */
  static BitSet toEnumerate(PlainCircuit circuit, List<PlainEvidence> evidence) {
    BitSet open = new BitSet();
    if (circuit.isTractable()) {
      return open;
    }
    BitSet scope = circuit.scopes()[circuit.root()];
    for (int v = scope.nextSetBit(0); v >= 0; v = scope.nextSetBit(v + 1)) {
      if (!(evidence.get(v) instanceof PlainEvidence.Point)) {
        if (circuit.variables().get(v) instanceof PlainVariable.Real) {
          throw new IllegalArgumentException(
              "real variable "
                  + circuit.variables().get(v)
                  + " is not observed and the circuit is not tractable: use Expansion or Quadrature");
        }
        open.set(v);
      }
    }
    return open;
  }

  /** Whether a variable in the scope of the root is observed outside its domain: f is 0 there. */
  static boolean outsideDomain(PlainCircuit circuit, Support[] supports) {
    BitSet scope = circuit.scopes()[circuit.root()];
    return scope.stream().anyMatch(v -> supports[v] instanceof At at && !at.insideDomain());
  }
}
