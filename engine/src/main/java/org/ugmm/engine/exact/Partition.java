package org.ugmm.engine.exact;

import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;

/** Computes the integral of a circuit over all variables. */
public final class Partition {
  private Partition() {}

  /** The integral where one pass gives it: smooth, decomposable, without links. */
  public static Normaliser of(FlatCircuit c) {
    Structure structure = c.structure();
    String why =
        structure.hasLinks()
            ? structure.whyLinks()
            : !structure.isSmooth() ? structure.whyNotSmooth() : structure.whyNotDecomposable();
    if (why != null) {
      return new Normaliser(0, 0, why);
    }
    LogEvaluator evaluator = new LogEvaluator(c);
    double logZ = evaluator.upward(new FlatEvidence(c));
    return new Normaliser(logZ, evaluator.relativeErrorBound(), null);
  }
}
