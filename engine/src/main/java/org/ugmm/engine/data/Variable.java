package org.ugmm.engine.data;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A random variable of a circuit: a name and a kind.
 *
 * <p>In a row of a batch a real variable is its value, a categorical variable the index of its
 * state ({@code 0.0, 1.0, ...}), and NaN means unobserved for both. Immutable.
 */
public sealed interface Variable {

  /** The name, unique in a circuit. */
  String name();

  /** A real variable without a declared domain or prior. */
  static Real real(String name) {
    return new Real(name, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, null);
  }

  /** A real variable on the interval {@code [lo, hi]}, Lebesgue measure. */
  static Real real(String name, double lo, double hi) {
    return new Real(name, lo, hi, null);
  }

  /** A variable that counts: 0, 1, 2, ... */
  static Real count(String name) {
    return new Real(name, 0, Double.POSITIVE_INFINITY, null, true);
  }

  /** A categorical variable with the given states. */
  static Categorical categorical(String name, String... states) {
    return new Categorical(name, List.of(states));
  }

  /**
   * A variable that is a number: a real one, or a count, which takes whole numbers from 0 only and
   * has counting measure.
   *
   * @param name the name
   * @param lo lower end of the domain, -infinity when there is none; of a count at least 0
   * @param hi upper end of the domain, +infinity when there is none
   * @param prior the declared base measure, null for Lebesgue measure on the domain
   * @param isCount whether it is a count
   */
  record Real(String name, double lo, double hi, @Nullable Prior prior, boolean isCount)
      implements Variable {
    /** A real variable, no count. */
    public Real(String name, double lo, double hi, @Nullable Prior prior) {
      this(name, lo, hi, prior, false);
    }

    /**
     * Checks the domain.
     *
     * @throws CircuitException if {@code lo < hi} does not hold, or a count has an end that is
     *     negative or no whole number, or a prior
     */
    public Real {
      if (!(lo < hi)) {
        throw new CircuitException(
            "variable '%s': domain [%s, %s] is empty; expected lo < hi".formatted(name, lo, hi));
      }
      if (isCount && (lo < 0 || lo != Math.rint(lo) || hi != Math.rint(hi) || prior != null)) {
        throw new CircuitException(
            "variable '%s': a count on [%s, %s] with prior %s; expected whole ends from 0, no prior"
                .formatted(name, lo, hi, prior));
      }
    }

    /** The least value from {@code from} on that the domain has. */
    public double least(double from) {
      return isCount ? Math.ceil(Math.max(lo, from)) : Math.max(lo, from);
    }

    /** The greatest value up to {@code to} that the domain has. */
    public double greatest(double to) {
      return isCount ? Math.floor(Math.min(hi, to)) : Math.min(hi, to);
    }

    /** Whether the domain is a bounded interval. */
    public boolean isBounded() {
      return lo > Double.NEGATIVE_INFINITY && hi < Double.POSITIVE_INFINITY;
    }

    /** Whether there is a base measure with a finite integral: a bounded domain or a prior. */
    public boolean hasFiniteBaseMeasure() {
      return !isCount && (isBounded() || prior != null);
    }

    /** Whether {@code value} lies in the domain. */
    public boolean contains(double value) {
      return value >= lo && value <= hi;
    }
  }

  /**
   * A Gaussian base measure: its mean and its scale (standard deviation), truncated to the domain.
   */
  record Prior(double mean, double scale) {
    /**
     * Checks the parameters.
     *
     * @throws CircuitException if the mean is not finite or the scale not positive and finite
     */
    public Prior {
      if (!Double.isFinite(mean) || !(scale > 0) || !Double.isFinite(scale)) {
        throw new CircuitException(
            "prior with mean %s and scale %s: expected a finite mean and a positive, finite scale"
                .formatted(mean, scale));
      }
    }
  }

  /**
   * A categorical variable with counting measure.
   *
   * @param name the name
   * @param states the names of the states, at least one, distinct
   * @param codes the number that a table may give for each state; empty where it is the index of
   *     the state. The engine itself reads indices only
   */
  record Categorical(String name, List<String> states, List<Double> codes) implements Variable {
    /** A variable whose states have the codes 0, 1, 2, ... */
    public Categorical(String name, List<String> states) {
      this(name, states, List.of());
    }

    /**
     * Checks the states and the codes.
     *
     * @throws CircuitException if there is no state, two are equal, a code is not finite, or there
     *     are codes but not one a state
     */
    public Categorical {
      states = List.copyOf(states);
      codes = codes.equals(indices(codes.size())) ? List.of() : List.copyOf(codes);
      if (states.isEmpty() || new HashSet<>(states).size() != states.size()) {
        throw new CircuitException(
            "variable '%s': states [%s]; expected at least one state and no two alike"
                .formatted(name, Names.list(states)));
      }
      if (!codes.isEmpty()
          && (codes.size() != states.size() || !codes.stream().allMatch(Double::isFinite))) {
        throw new CircuitException(
            "variable '%s': codes [%s] of %d states; expected a finite number for each state"
                .formatted(
                    name, Names.list(codes.stream().map(String::valueOf).toList()), states.size()));
      }
    }

    private static List<Double> indices(int size) {
      return IntStream.range(0, size).mapToObj(s -> (double) s).toList();
    }

    /** The code of a state. */
    public double code(int state) {
      return codes.isEmpty() ? state : codes.get(state);
    }

    /** Number of states. */
    public int numStates() {
      return states.size();
    }
  }
}
