package org.ugmm.engine.data;

/** The floating-point type that a batch is evaluated in. */
public enum Precision {
  /** 53-bit significands. */
  DOUBLE,
  /** 24-bit significands: faster, with an error bound that says so. */
  FLOAT
}
