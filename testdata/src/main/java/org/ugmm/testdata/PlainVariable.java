package org.ugmm.testdata;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A variable of a {@link PlainCircuit}. Immutable as long as nobody writes to its arrays. */
public sealed interface PlainVariable {

  /** The variable's name. */
  String name();

  /** A closed bounded interval: the set on which a real variable lives. */
  record Domain(double lo, double hi) {
    public Domain {
      if (!(lo < hi) || Double.isInfinite(lo) || Double.isInfinite(hi)) {
        throw new IllegalArgumentException(
            "domain [" + lo + ", " + hi + "] must be finite, lo < hi");
      }
    }

    /** Whether {@code x} lies in the closed interval. */
    public boolean contains(double x) {
      return x >= lo && x <= hi;
    }
  }

  /** A Gaussian base measure for a real variable. */
  record Prior(double mean, double scale) {
    public Prior {
      if (!Double.isFinite(mean) || !(scale > 0) || Double.isInfinite(scale)) {
        throw new IllegalArgumentException(
            "prior (" + mean + ", " + scale + ") must be finite with a positive scale");
      }
    }
  }

  /** A real variable on the line, on a {@code domain}, or on the line with a {@code prior}. */
  record Real(String name, @Nullable Domain domain, @Nullable Prior prior)
      implements PlainVariable {
    public Real {
      if (domain != null && prior != null) {
        throw new IllegalArgumentException(
            "variable '" + name + "': a domain or a prior, not both: their product is ambiguous");
      }
    }

    /** A real variable on the whole line, without a prior. */
    public Real(String name) {
      this(name, null, null);
    }

    @Override
    public String toString() {
      return name
          + (domain == null ? "" : "[" + domain.lo() + ", " + domain.hi() + "]")
          + (prior == null ? "" : "~N(" + prior.mean() + ", " + prior.scale() + ")");
    }
  }

  /**
   * A categorical variable; its states are 0 to K-1, named {@code s0}, {@code s1}, ...
   *
   * @param codes [K] the number a Gaussian reads for each state
   */
  record Categorical(String name, double[] codes) implements PlainVariable {
    public Categorical {
      if (codes.length == 0) {
        throw new IllegalArgumentException("variable '" + name + "' has no states");
      }
    }

    /** A variable of {@code numStates} states with the codes 0, 1, 2, ... */
    public static Categorical of(String name, int numStates) {
      double[] codes = new double[numStates];
      Arrays.setAll(codes, k -> k);
      return new Categorical(name, codes);
    }

    /** Number of states, K. */
    public int numStates() {
      return codes.length;
    }

    @Override
    public String toString() {
      return name + "{" + codes.length + "}";
    }
  }
}
