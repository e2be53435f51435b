package org.ugmm.engine.data;

/**
 * The kinds of node in a flat circuit and the value of each (Choi, Vergari, Van den Broeck 2020).
 * The order is part of the file format.
 */
public enum NodeKind {
  /**
   * {@code N(x; mean, scale^2)} of a real variable, or its integral over what the evidence allows.
   */
  GAUSSIAN,
  /**
   * A non-negative function of the state of a categorical variable, parameters are natural logs.
   */
  CATEGORICAL,
  /**
   * The density 1 of Lebesgue measure on the domain of a real variable, or its integral. Smoothing
   * adds it where a child of a sum lacks the variable.
   */
  BASE,
  /** A constant with empty scope; its parameter is a natural log. */
  CONSTANT,
  /** {@code SUM_c w_c value_c} with linear weights {@code w_c >= 0}. */
  WEIGHTED_SUM,
  /** {@code PROD_c value_c}. */
  PRODUCT,
  /** {@code N(log value_child; mean, scale^2)}: the stacked neuron of arXiv:2509.07569. */
  GAUSSIAN_LINK,
  /**
   * On a real variable mass / width between two breaks, on a count the mass evenly over the numbers
   * from one break to before the next; 0 elsewhere. Parameters are B + 1 breaks, then B masses.
   */
  HISTOGRAM,
  /** {@code rate^n exp(-rate) / n!} of a count; its parameter is the rate. */
  POISSON,
  /** {@code 1 / (hi - lo)} on {@code [lo, hi]} of a real variable; parameters are lo and hi. */
  UNIFORM,
  /** {@code rate exp(-rate x)} of a real variable from 0; its parameter is the rate. */
  EXPONENTIAL,
  /**
   * {@code rate^shape x^(shape - 1) exp(-rate x) / Gamma(shape)} of a real variable above 0;
   * parameters are shape and rate.
   */
  GAMMA,
  /**
   * {@code N(log x; mean, scale^2) / x} of a real variable above 0; parameters are mean and scale.
   */
  LOG_NORMAL,
  /**
   * A Gaussian over d real variables without domains, or its marginal over those that the evidence
   * has values of. Parameters are the d indices of the variables, the d means and the lower
   * triangle of the covariance row by row.
   */
  GAUSSIAN_BLOCK;

  private static final NodeKind[] VALUES = values();

  public static NodeKind of(byte code) {
    return VALUES[code];
  }

  public byte code() {
    return (byte) ordinal();
  }

  /** Whether a node of this kind has no children. */
  public boolean isLeaf() {
    return this == GAUSSIAN
        || this == CATEGORICAL
        || this == BASE
        || this == CONSTANT
        || this == GAUSSIAN_BLOCK
        || isUnivariate();
  }

  /**
   * Whether a node of this kind is a leaf of one of the families on a real variable or a count that
   * have a class of their own, {@code UnivariateLeaf}.
   */
  public boolean isUnivariate() {
    return ordinal() > GAUSSIAN_LINK.ordinal() && this != GAUSSIAN_BLOCK;
  }
}
