package org.ugmm.compiler.build;

import java.util.SplittableRandom;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.CircuitException;

/**
 * A tree over the pixels of an image that halves it again and again.
 *
 * @param height rows of pixels
 * @param width columns of pixels
 * @param states hidden states of each part
 */
record Grid(int height, int width, int states) implements Structure {
  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    if (columns.length != height * width) {
      throw new CircuitException(
          "grid:%dx%d needs %d columns of pixels beside the class; found %d"
              .formatted(height, width, height * width, columns.length));
    }
    return new HiddenStates(builder, cloud, states, new SplittableRandom(seed))
        .add(RegionTree.grid(columns, height, width));
  }

  @Override
  public Structure atMost(int most) {
    return new Grid(height, width, Math.min(states, most));
  }

  @Override
  public Structure varied() {
    return this;
  }

  @Override
  public double numWeights(int numColumns) {
    return 2.0 * numColumns * states * (states + 2);
  }

  @Override
  public String label() {
    return "grid %dx%d K=%d".formatted(height, width, states);
  }
}
