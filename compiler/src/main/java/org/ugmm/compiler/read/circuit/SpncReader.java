package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.io.IOException;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;

/**
 * Reads the binary circuits of the SPN compiler (SPNC), {@code .bin}: a Cap'n Proto message with a
 * model, or a query and its model. Column number i becomes {@code xi}.
 */
public final class SpncReader {
  private final CapnProto message;
  private final Draft draft;
  private final Int2IntOpenHashMap nodeOfId = new Int2IntOpenHashMap();

  private SpncReader(Source source, CapnProto message) {
    this.message = message;
    draft = new Draft(source.name(), "spnc", false);
    nodeOfId.defaultReturnValue(-1);
  }

  /** Whether bytes are framed as a Cap'n Proto message. */
  public static boolean isMessage(byte[] all) {
    return CapnProto.of("", all) != null;
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    CapnProto message = CapnProto.of(source.name(), source.readAll());
    if (message == null) {
      throw ModelException.at(
          source.name(), "whole file", "other bytes", "an unpacked Cap'n Proto message");
    }
    return new SpncReader(source, message).model();
  }

  private NodeTable model() {
    CapnProto.Struct header = message.root();
    boolean isQuery = header.u16(0) == 1;
    CapnProto.Struct model = header.struct(0);
    if (isQuery) {
      model = model.struct(0).struct(0);
    }
    CapnProto.List nodes = model.list(3);
    for (int i = 0; i < nodes.length(); i++) {
      node(nodes.struct(i));
    }
    int root = nodeOfId.get(model.i32(0));
    if (root < 0) {
      throw message.fail("no node with the id " + model.i32(0) + " of the root", "it");
    }
    return draft.build(root, v -> "x" + v);
  }

  private void node(CapnProto.Struct node) {
    int id = node.i32(0);
    if (nodeOfId.get(id) >= 0) {
      throw message.fail("a second node with id " + id, "each id once");
    }
    CapnProto.Struct content = node.struct(0);
    String place = "node " + id;
    int drafted =
        switch (node.u16(6)) {
          case 0 -> draft.product(children(content, id));
          case 1 -> {
            int[] children = children(content, id);
            double[] weights = content.list(1).doubles();
            if (weights.length != children.length) {
              throw message.fail(
                  "%d weights for %d children of node %d"
                      .formatted(weights.length, children.length, id),
                  "one weight a child");
            }
            requireNotNegative(weights, id);
            yield draft.sum(children, weights);
          }
          case 2 -> {
            int[] breaks = content.list(0).ints();
            double[] densities = content.list(1).doubles();
            requireNotNegative(densities, id);
            double[] ends = new double[breaks.length];
            for (int i = 0; i < ends.length; i++) {
              ends[i] = breaks[i];
            }
            yield draft.histogram(column(content.i32(4), id), ends, densities, place);
          }
          case 3 -> {
            double mean = content.f64(0);
            double scale = content.f64(8);
            if (!Double.isFinite(mean) || !(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
              throw message.fail(
                  "mean %s and standard deviation %s of node %d".formatted(mean, scale, id),
                  "a finite mean and a positive, finite standard deviation");
            }
            yield draft.gaussian(column(content.i32(16), id), mean, scale, place);
          }
          case 4 -> {
            double[] probabilities = content.list(0).doubles();
            requireNotNegative(probabilities, id);
            if (probabilities.length == 0) {
              throw message.fail("no probability of node " + id, "at least one");
            }
            yield draft.discrete(column(content.i32(0), id), 0, Logs.of(probabilities), place);
          }
          default ->
              throw message.fail(
                  "node %d of the kind %d".formatted(id, node.u16(6)),
                  "a product, a sum, a histogram, a Gaussian or a categorical");
        };
    nodeOfId.put(id, drafted);
  }

  private int column(int column, int id) {
    if (column < 0) {
      throw message.fail("column %d of node %d".formatted(column, id), "one from 0 on");
    }
    return column;
  }

  private int[] children(CapnProto.Struct content, int id) {
    int[] children = content.list(0).ints();
    if (children.length == 0) {
      throw message.fail("no child of node " + id, "at least one");
    }
    for (int i = 0; i < children.length; i++) {
      int child = nodeOfId.get(children[i]);
      if (child < 0) {
        throw message.fail(
            "child %d of node %d, which no earlier node is".formatted(children[i], id),
            "children before their parents");
      }
      children[i] = child;
    }
    return children;
  }

  private void requireNotNegative(double[] values, int id) {
    for (double value : values) {
      if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
        throw message.fail(
            "%s in node %d".formatted(value, id), "finite numbers that are not negative");
      }
    }
  }
}
