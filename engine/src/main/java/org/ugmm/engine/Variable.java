package org.ugmm.engine;

import java.util.HashSet;
import java.util.List;
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

  /** A categorical variable with the given states. */
  static Categorical categorical(String name, String... states) {
    return new Categorical(name, List.of(states));
  }

  /**
   * A real variable.
   *
   * @param name the name
   * @param lo lower end of the domain, -infinity when there is none
   * @param hi upper end of the domain, +infinity when there is none
   * @param prior the declared base measure, null for Lebesgue measure on the domain
   */
  record Real(String name, double lo, double hi, @Nullable Prior prior) implements Variable {
    /**
     * Checks the domain.
     *
     * @throws CircuitException if {@code lo < hi} does not hold
     */
    public Real {
      if (!(lo < hi)) {
        throw new CircuitException(
            "variable '%s': domain [%s, %s] is empty; expected lo < hi".formatted(name, lo, hi));
      }
    }

    /** Whether the domain is a bounded interval. */
    public boolean isBounded() {
      return lo > Double.NEGATIVE_INFINITY && hi < Double.POSITIVE_INFINITY;
    }

    /** Whether the base measure has a finite integral: a bounded domain or a prior. */
    public boolean hasFiniteBaseMeasure() {
      return isBounded() || prior != null;
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
   */
  record Categorical(String name, List<String> states) implements Variable {
    /**
     * Checks the states.
     *
     * @throws CircuitException if there is no state or two are equal
     */
    public Categorical {
      states = List.copyOf(states);
      if (states.isEmpty() || new HashSet<>(states).size() != states.size()) {
        throw new CircuitException(
            "variable '%s': states [%s]; expected at least one state and no two alike"
                .formatted(name, Names.list(states)));
      }
    }

    /** Number of states. */
    public int numStates() {
      return states.size();
    }
  }
}
