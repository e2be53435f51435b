package org.ugmm.engine.exact;

import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;

/** Computes the integral of a circuit over all variables. */
public final class Partition {
  private Partition() {}

  /** The integral where one pass gives it: smooth, decomposable, without links. */
  public static Normaliser of(FlatCircuit c) {
    Why why = c.structure().whyNotTractable();
    if (why != null) {
      return new Normaliser(0, 0, why);
    }
    LogEvaluator evaluator = new LogEvaluator(c);
    double logZ = evaluator.upward(new FlatEvidence(c));
    return new Normaliser(logZ, evaluator.relativeErrorBound(), null);
  }
}
