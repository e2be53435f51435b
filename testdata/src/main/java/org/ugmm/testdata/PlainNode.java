package org.ugmm.testdata;

/**
 * A node of a {@link PlainCircuit}. Children are indices of earlier nodes. Arrays belong to the
 * node and must not be written to; several nodes may share one {@code children} array.
 */
public sealed interface PlainNode {

  /**
   * N(x; mean, scale^2); over an unobserved variable, its integral over the variable's domain. On a
   * categorical variable x is the state's code, and the integral is the sum over states.
   */
  record Gaussian(int var, double mean, double scale) implements PlainNode {}

  /**
   * The entry of {@code p} at the state; the sum of {@code p} when unobserved.
   *
   * @param p [K] linear, non-negative, not necessarily of sum 1
   */
  record Categorical(int var, double[] p) implements PlainNode {}

  /**
   * The base measure of a variable: 1 at an observed value inside the domain (0 outside), or the
   * prior's density where there is a prior; unobserved: hi - lo, K, or 1 with a prior.
   */
  record Base(int var) implements PlainNode {}

  /** exp({@code logValue}), with an empty scope. {@code logValue} may be -infinity. */
  record Constant(double logValue) implements PlainNode {}

  /**
   * The product of the children.
   *
   * @param children [C] indices of earlier nodes
   */
  record Product(int[] children) implements PlainNode {}

  /**
   * The sum over c of weights[c] times the value of children[c].
   *
   * @param children [C] indices of earlier nodes
   * @param weights [C] linear, non-negative, not necessarily of sum 1
   */
  record WeightedSum(int[] children, double[] weights) implements PlainNode {}

  /** N(log value of the child; mean, scale^2); 0 where the child's value is 0. */
  record Link(int child, double mean, double scale) implements PlainNode {}
}
