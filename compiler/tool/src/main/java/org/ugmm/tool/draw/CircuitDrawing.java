package org.ugmm.tool.draw;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.tool.out.Words;

/** A circuit as a picture: each node of a small one, the layers of a large one. */
public final class CircuitDrawing {
  /*
   * A node lies one layer above its highest child, the leaves in the lowest. Within a layer nodes
   * are put near the middle of their neighbours, down and up a few times, which uncrosses most
   * edges (Sugiyama, Tagawa, Toda 1981).
   */
  private static final int NODES_DRAWN = 160;
  private static final int EDGES_DRAWN = 420;
  private static final int SWEEPS = 6;
  private static final double LAYER = 74;

  private final Circuit circuit;
  private final IntFunction<String> describe;

  /** [nodes]. */
  private final int[] level;

  private final boolean[] isLive;

  /** [nodes] edges into each from live nodes. */
  private final int[] uses;

  private final List<List<Integer>> layers = new ArrayList<>();

  private CircuitDrawing(Circuit circuit, IntFunction<String> describe) {
    this.circuit = circuit;
    this.describe = describe;
    int numNodes = circuit.numNodes();
    level = new int[numNodes];
    isLive = new boolean[numNodes];
    uses = new int[numNodes];
    isLive[circuit.root()] = true;
    for (int n = numNodes - 1; n >= 0; n--) {
      for (int i = 0; isLive[n] && i < circuit.numChildren(n); i++) {
        isLive[circuit.child(n, i)] = true;
        uses[circuit.child(n, i)]++;
      }
    }
    for (int n = 0; n < numNodes; n++) {
      for (int i = 0; i < circuit.numChildren(n); i++) {
        level[n] = Math.max(level[n], level[circuit.child(n, i)] + 1);
      }
      while (layers.size() <= level[n]) {
        layers.add(new ArrayList<>());
      }
      if (isLive[n]) {
        layers.get(level[n]).add(n);
      }
    }
    layers.removeIf(List::isEmpty);
    for (int l = 0; l < layers.size(); l++) {
      for (int n : layers.get(l)) {
        level[n] = l;
      }
    }
  }

  /**
   * Draws a circuit.
   *
   * @param describe a node in the words of the model
   */
  public static String of(Circuit circuit, IntFunction<String> describe) {
    CircuitDrawing drawing = new CircuitDrawing(circuit, describe);
    return drawing.layers.stream().mapToInt(List::size).sum() <= NODES_DRAWN
            && circuit.numEdges() <= EDGES_DRAWN
        ? drawing.nodes()
        : drawing.summary();
  }

  private String nodes() {
    double[] place = places();
    int widest = layers.stream().mapToInt(List::size).max().orElse(1);
    double width = Math.max(320, 26.0 * widest + 40);
    double height = LAYER * layers.size();
    Svg svg = new Svg(width, height, label());
    double[] x = new double[place.length];
    double[] y = new double[place.length];
    for (List<Integer> layer : layers) {
      for (int n : layer) {
        x[n] = 20 + place[n] * (width - 40);
        y[n] = height - LAYER * (level[n] + 0.5);
      }
    }
    for (List<Integer> layer : layers) {
      for (int n : layer) {
        for (int i = 0; i < circuit.numChildren(n); i++) {
          boolean isWeighted = circuit.kind(n) == NodeKind.WEIGHTED_SUM;
          String strength = isWeighted ? strength(circuit.parameter(n, i)) : "";
          int child = circuit.child(n, i);
          svg.line("edge" + strength, x[n], y[n], x[child], y[child]);
        }
      }
    }
    for (List<Integer> layer : layers) {
      for (int n : layer) {
        node(svg, n, x[n], y[n]);
      }
    }
    return svg.end();
  }

  private static String strength(double weight) {
    return weight >= 0.5 ? " strong" : weight < 0.05 ? " weak" : "";
  }

  private void node(Svg svg, int n, double x, double y) {
    svg.circle(css(circuit.kind(n)), x, y, 10, title(n));
    svg.text("sign", x, y + 4, "middle", sign(n));
  }

  private String title(int n) {
    String shared = uses[n] > 1 ? ", used by " + uses[n] : "";
    return describe.apply(n) + shared;
  }

  private static String css(NodeKind kind) {
    return switch (kind) {
      case WEIGHTED_SUM -> "node sum";
      case PRODUCT -> "node product";
      case GAUSSIAN_LINK -> "node link";
      default -> "node leaf";
    };
  }

  private String sign(int n) {
    return switch (circuit.kind(n)) {
      case WEIGHTED_SUM -> "+";
      case PRODUCT -> "\u00d7";
      case GAUSSIAN_LINK -> "N";
      default -> {
        int variable = circuit.variable(n);
        yield variable < 0 ? "c" : Integer.toString(variable + 1);
      }
    };
  }

  /** [nodes] a share of the width for each. */
  private double[] places() {
    double[] place = new double[circuit.numNodes()];
    for (List<Integer> layer : layers) {
      spread(layer, place);
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      double[] sum = new double[place.length];
      int[] count = new int[place.length];
      boolean isDown = sweep % 2 == 0;
      for (int l = 0; l < layers.size(); l++) {
        List<Integer> layer = layers.get(isDown ? layers.size() - 1 - l : l);
        gather(layer, isDown, place, sum, count);
        layer.sort(Comparator.comparingDouble(n -> count[n] == 0 ? place[n] : sum[n] / count[n]));
        spread(layer, place);
      }
    }
    return place;
  }

  /** Adds up where the parents (down) or the children (up) of each node lie. */
  private void gather(
      List<Integer> layer, boolean isDown, double[] place, double[] sum, int[] count) {
    if (isDown) {
      for (List<Integer> above : layers) {
        for (int p : above) {
          for (int i = 0; i < circuit.numChildren(p); i++) {
            int child = circuit.child(p, i);
            if (level[child] == level[layer.get(0)]) {
              sum[child] += place[p];
              count[child]++;
            }
          }
        }
      }
    } else {
      for (int n : layer) {
        for (int i = 0; i < circuit.numChildren(n); i++) {
          sum[n] += place[circuit.child(n, i)];
          count[n]++;
        }
      }
    }
  }

  private static void spread(List<Integer> layer, double[] place) {
    for (int i = 0; i < layer.size(); i++) {
      place[layer.get(i)] = (i + 0.5) / layer.size();
    }
  }

  private String label() {
    return "circuit of %d nodes and %d edges in %d layers"
        .formatted(circuit.numNodes(), circuit.numEdges(), layers.size());
  }

  /** One box a layer: what it is made of, and the edges to what is below. */
  private String summary() {
    int shown = Math.min(layers.size(), 40);
    double width = 560;
    double row = 46;
    Svg svg = new Svg(width, row * shown + (shown < layers.size() ? 24 : 8), label());
    double most = layers.stream().mapToInt(List::size).max().orElse(1);
    for (int i = 0; i < shown; i++) {
      List<Integer> layer = layers.get(layers.size() - 1 - i);
      double y = row * i + 6;
      double box = 40 + 180 * Math.log1p(layer.size()) / Math.log1p(most);
      Map<NodeKind, Integer> kinds = new EnumMap<>(NodeKind.class);
      long edges = 0;
      int shared = 0;
      for (int n : layer) {
        kinds.merge(circuit.kind(n), 1, Integer::sum);
        edges += circuit.numChildren(n);
        shared += uses[n] > 1 ? 1 : 0;
      }
      NodeKind main =
          kinds.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
      if (i > 0) {
        svg.line("edge strong", 130, y - row + 32, 130, y);
      }
      svg.rectangle(css(main), 130 - box / 2, y, box, 32);
      svg.text("sign", 130, y + 21, "middle", Words.count(layer.size()));
      List<String> parts = new ArrayList<>();
      kinds.forEach((kind, count) -> parts.add(Words.count(count) + " " + word(kind, count)));
      svg.text("name", 262, y + 13, "start", String.join(", ", parts));
      String below = edges == 0 ? "" : Words.count(edges) + " edges down";
      String reuse = shared == 0 ? "" : Words.count(shared) + " used more than once";
      svg.text(
          "tick",
          262,
          y + 28,
          "start",
          String.join(
              ", ", Arrays.stream(new String[] {below, reuse}).filter(s -> !s.isEmpty()).toList()));
    }
    if (shown < layers.size()) {
      svg.text(
          "tick",
          262,
          row * shown + 14,
          "start",
          "and %d layers below".formatted(layers.size() - shown));
    }
    return svg.end();
  }

  private static String word(NodeKind kind, int count) {
    String one =
        switch (kind) {
          case WEIGHTED_SUM -> "sum";
          case PRODUCT -> "product";
          case GAUSSIAN_LINK -> "link";
          default -> kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " leaf";
        };
    return count == 1 ? one : one.endsWith("leaf") ? one.replace("leaf", "leaves") : one + "s";
  }
}
