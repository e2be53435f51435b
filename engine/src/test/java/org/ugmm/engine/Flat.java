package org.ugmm.engine;

import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;

/** The arrays behind the shells, for tests of what works on them. */
public final class Flat {
  private Flat() {}

  public static FlatCircuit of(Circuit circuit) {
    return circuit.flat;
  }

  public static FlatEvidence of(Evidence evidence) {
    return evidence.flat;
  }
}
