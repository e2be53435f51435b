package org.ugmm.compiler.passes;

/** The passes, in the order in which they run. */
public enum Pass {
  /** Drops what adds nothing: zero weights, dead nodes, nested sums and products, constants. */
  SIMPLIFY,
  /** Multiplies children of a sum by the base measure of the variables they lack. */
  SMOOTH,
  /** Merges the products that smoothing has nested. */
  FLATTEN,
  /** Numbers the nodes so that a node stands near what it reads. */
  ORDER
}
