package org.ugmm.compiler.build;

import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;

/**
 * A circuit from elsewhere, whose parameters are learned on or kept.
 *
 * @param circuit the circuit
 * @param isLearned whether it learns
 */
record Given(Circuit circuit, boolean isLearned) implements Structure {
  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    return Combine.copy(builder, circuit);
  }

  @Override
  public Structure atMost(int states) {
    return this;
  }

  @Override
  public Structure varied() {
    return this;
  }

  @Override
  public double numWeights(int numColumns) {
    return isLearned ? circuit.numEdges() : 0;
  }

  @Override
  public String label() {
    return isLearned ? "learned on" : "as it was";
  }
}
