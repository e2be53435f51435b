package org.ugmm.compiler.read.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.Source;

/** Reads Bayesian networks that GeNIe and SMILE write (XDSL): tables and deterministic nodes. */
public final class XdslReader {
  private final XmlText in;
  private final NetworkBuilder network;
  private final List<Node> nodes = new ArrayList<>();

  /** A node as read: its parents may be declared behind it. */
  private record Node(
      String id, List<String> parents, double[] values, List<String> results, String place) {}

  private XdslReader(Source source, XmlText in) {
    this.in = in;
    network = new NetworkBuilder(source.name(), "xdsl");
  }

  /** Reads the document. */
  public static FactorModel read(Source source) throws IOException {
    XmlText in = XmlText.open(source);
    XdslReader reader = new XdslReader(source, in);
    reader.document();
    return reader.network.build();
  }

  private void document() {
    if (!in.name().equals("smile")) {
      throw in.fail("element '" + in.name() + "'", "'smile'");
    }
    boolean inNodes = false;
    while (in.nextElement(1)) {
      if (in.depth() == 2 && in.name().equals("dynamic")) {
        throw in.fail(
            "a dynamic network", "a static one; unroll it in GeNIe and save what comes of it");
      }
      inNodes |= in.depth() == 2 && in.name().equals("nodes");
      if (in.depth() == 2 && !in.name().equals("nodes")) {
        inNodes = false; // the layout and other extensions
      } else if (inNodes && in.depth() == 3) {
        node();
      }
    }
    for (Node node : nodes) {
      int child = network.indexOf(node.id, node.place);
      int[] parents = node.parents.stream().mapToInt(p -> network.indexOf(p, node.place)).toArray();
      int[] scope = network.scope(child, parents, node.place);
      int numEntries = network.numEntries(scope, node.place);
      network.table(scope, values(node, child, numEntries), node.place);
    }
  }

  private void node() {
    String place = in.place();
    if (!in.name().equals("cpt") && !in.name().equals("deterministic")) {
      throw in.fail(
          "a node of the kind '" + in.name() + "'",
          "'cpt' or 'deterministic'; no other kind has a finite table of its own");
    }
    String id = in.require("id");
    List<String> states = new ArrayList<>();
    List<String> parents = List.of();
    List<String> results = List.of();
    double[] values = {};
    for (int depth = in.depth(); in.nextElement(depth); ) {
      switch (in.name()) {
        case "state" -> states.add(in.require("id"));
        case "parents" -> parents = XmlText.words(in.text());
        case "probabilities" -> values = in.numbers(in.text(), "a probability");
        case "resultingstates" -> results = XmlText.words(in.text());
        default -> {} // properties
      }
    }
    network.variable(id, states, place);
    nodes.add(new Node(id, parents, values, results, place));
  }

  private double[] values(Node node, int child, int numEntries) {
    int numStates = network.numStates(child);
    if (!node.results.isEmpty()) {
      requireCount(node, node.results.size(), numEntries / numStates);
      double[] values = new double[numEntries];
      for (int row = 0; row < node.results.size(); row++) {
        int state = network.stateOf(child, node.results.get(row), node.place);
        values[row * numStates + state] = 1;
      }
      return values;
    }
    requireCount(node, node.values.length, numEntries);
    return node.values;
  }

  private void requireCount(Node node, int found, int expected) {
    if (found != expected) {
      throw network.fail(
          node.place,
          "%d entries of the table of '%s'".formatted(found, node.id),
          expected + ", from the numbers of states");
    }
  }
}
