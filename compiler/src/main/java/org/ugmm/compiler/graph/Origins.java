package org.ugmm.compiler.graph;

import java.util.Arrays;
import org.eclipse.collections.api.factory.Lists;
import org.eclipse.collections.api.list.ImmutableList;
import org.eclipse.collections.api.list.primitive.ImmutableIntList;
import org.eclipse.collections.impl.factory.primitive.IntLists;
import org.eclipse.collections.impl.list.mutable.primitive.IntArrayList;
import org.ugmm.compiler.model.Network;

/**
 * Names nodes in the words of the model: the unit of a layer, or the node of a file. An origin is
 * one number: units counted over all layers, or the number that a file gives the node. Immutable.
 */
public final class Origins {
  private final ImmutableList<String> layers;
  private final ImmutableIntList firstUnit;

  private Origins(ImmutableList<String> layers, ImmutableIntList firstUnit) {
    this.layers = layers;
    this.firstUnit = firstUnit;
  }

  /** For a circuit given node by node. */
  public static Origins nodes() {
    return new Origins(Lists.immutable.empty(), IntLists.immutable.empty());
  }

  /** For a network. */
  public static Origins units(Network network) {
    ImmutableList<String> names =
        Lists.immutable.ofAll(network.layers()).collect(layer -> layer.name());
    IntArrayList starts = new IntArrayList();
    int units = 0;
    for (var layer : network.layers()) {
      starts.add(units);
      units = Math.addExact(units, layer.numUnits());
    }
    starts.add(units);
    return new Origins(names, starts.toImmutable());
  }

  /** Whether nodes are units of layers. */
  public boolean isLayered() {
    return layers.notEmpty();
  }

  /** The origin of a unit. */
  public int unit(int layer, int unit) {
    return firstUnit.get(layer) + unit;
  }

  /** The origin of the mixture of class densities, above the last layer. */
  public int classMixture() {
    return firstUnit.getLast();
  }

  /** In words. */
  public String describe(int origin) {
    if (!isLayered()) {
      return "node " + origin;
    }
    if (origin == classMixture()) {
      return "over the classes";
    }
    int at = Arrays.binarySearch(firstUnit.toArray(), origin);
    int layer = at >= 0 ? at : -at - 2;
    return "unit %d of layer '%s'".formatted(origin - firstUnit.get(layer), layers.get(layer));
  }
}
