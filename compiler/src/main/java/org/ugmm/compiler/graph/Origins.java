package org.ugmm.compiler.graph;

import java.util.Arrays;
import java.util.List;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.Network;

/**
 * Names nodes in the words of the model: the unit of a layer, or the node of a file. An origin is
 * one number: units counted over all layers, or the number that a file gives the node. Immutable.
 */
public final class Origins {
  private final List<String> layers;

  /** [layers + 1] the number of units before each layer, then of all. */
  private final int[] firstUnit;

  private Origins(List<String> layers, int[] firstUnit) {
    this.layers = layers;
    this.firstUnit = firstUnit;
  }

  /** For a circuit given node by node. */
  public static Origins nodes() {
    return new Origins(List.of(), new int[1]);
  }

  /** For a network. */
  public static Origins units(Network network) {
    List<Layer> layers = network.layers();
    int[] starts = new int[layers.size() + 1];
    for (int l = 0; l < layers.size(); l++) {
      starts[l + 1] = Math.addExact(starts[l], layers.get(l).numUnits());
    }
    return new Origins(layers.stream().map(Layer::name).toList(), starts);
  }

  /** Whether nodes are units of layers. */
  public boolean isLayered() {
    return !layers.isEmpty();
  }

  /** The origin of a unit. */
  public int unit(int layer, int unit) {
    return firstUnit[layer] + unit;
  }

  /** The origin of the mixture of class densities, above the last layer. */
  public int classMixture() {
    return firstUnit[layers.size()];
  }

  /** In words. */
  public String describe(int origin) {
    if (!isLayered()) {
      return "node " + origin;
    }
    if (origin == classMixture()) {
      return "over the classes";
    }
    int at = Arrays.binarySearch(firstUnit, origin);
    int layer = at >= 0 ? at : -at - 2;
    return "unit %d of layer '%s'".formatted(origin - firstUnit[layer], layers.get(layer));
  }
}
