package org.ugmm.compiler.passes;

/**
 * The passes, in the order in which they run. Smoothing comes first, since it gives the circuit its
 * meaning: what a child of a sum lacks is asked of the model as read, not of what is left of it.
 */
public enum Pass {
  /** Multiplies children of a sum by the base measure of the variables they lack. */
  SMOOTH,
  /** Drops what adds nothing: zero weights, dead nodes, nested sums and products, constants. */
  SIMPLIFY,
  /** Numbers the nodes so that a node stands near what it reads. */
  ORDER
}
