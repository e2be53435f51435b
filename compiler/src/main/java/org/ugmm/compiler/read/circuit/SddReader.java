package org.ugmm.compiler.read.circuit;

import java.io.IOException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;

/**
 * Reads sentential decision diagrams (Darwiche, IJCAI 2011) in the text form of the SDD package:
 * the circuit counts the models of the formula. The variable tree, {@code .vtree}, only tells which
 * variables there are besides those that the diagram mentions.
 */
public final class SddReader {
  private final Lines in;
  private final Formula formula;
  private final NodeNumbers nodeOfId = new NodeNumbers();

  private SddReader(Source source, Lines in) {
    this.in = in;
    formula = new Formula(source.name(), "sdd");
  }

  /**
   * Reads the document.
   *
   * @param vtree its variable tree, null when there is none
   */
  public static NodeTable read(Source source, @Nullable Source vtree) throws IOException {
    SddReader reader = new SddReader(source, new Lines(source));
    int root = reader.document();
    if (vtree != null) {
      variables(vtree, reader.formula);
    }
    reader.requireModestVariables();
    return reader.formula.build(root);
  }

  /**
   * Reads the document as a constraint.
   *
   * @param vtree its variable tree, null when there is none
   * @param literals what a literal, the number of a variable or its negative, says
   */
  public static org.ugmm.engine.formula.Formula constraint(
      Source source, @Nullable Source vtree, IntFunction<org.ugmm.engine.formula.Formula> literals)
      throws IOException {
    SddReader reader = new SddReader(source, new Lines(source));
    int root = reader.document();
    if (vtree != null) {
      variables(vtree, reader.formula);
    }
    return reader.formula.build(root, literals);
  }

  private int document() {
    int root = -1;
    while (in.next()) {
      String kind = in.word("a node");
      if (kind.equals("sdd")) {
        in.integer("the number of nodes", 0, Integer.MAX_VALUE);
      } else {
        root = node(kind);
      }
      in.end();
    }
    if (root < 0) {
      throw in.fail("the text ends", "at least one node");
    }
    return root;
  }

  private void requireModestVariables() {
    if (formula.numVariables() > 1_000_000) {
      throw in.fail("variable " + formula.numVariables(), "at most 1000000 variables");
    }
  }

  private int node(String kind) {
    if (kind.length() > 1 || "FTLD".indexOf(kind.charAt(0)) < 0) {
      throw in.fail(
          "found '" + ModelException.shorten(kind) + "'",
          "a line that starts with c, sdd, F, T, L or D");
    }
    int id = in.integer("the id of the node", 0, Integer.MAX_VALUE);
    if (nodeOfId.get(id) >= 0) {
      throw in.fail("a second node with id " + id, "each id once");
    }
    int node =
        switch (kind) {
          case "F" -> formula.or();
          case "T" -> formula.and();
          case "L" -> literal();
          default -> decision();
        };
    nodeOfId.put(id, node);
    return node;
  }

  private int literal() {
    in.integer("a vtree node", 0, Integer.MAX_VALUE);
    int literal = in.integer("a literal", -1_000_000, 1_000_000);
    if (literal == 0) {
      throw in.fail("literal 0", "the number of a variable, 1, 2, ..., or its negative");
    }
    return formula.literal(literal);
  }

  private int decision() {
    in.integer("a vtree node", 0, Integer.MAX_VALUE);
    int count = in.integer("the number of elements", 1, Integer.MAX_VALUE);
    if (in.numLeft() != 2L * count) {
      throw in.fail(
          "%d words for %d elements".formatted(in.numLeft(), count), "a prime and a sub each");
    }
    int[] elements = new int[count];
    for (int i = 0; i < count; i++) {
      elements[i] = formula.and(earlier("a prime"), earlier("a sub"));
    }
    return formula.or(elements);
  }

  private int earlier(String what) {
    int id = in.integer(what, 0, Integer.MAX_VALUE);
    int node = nodeOfId.get(id);
    if (node < 0) {
      throw in.fail("no earlier node with id " + id, what + " that stands on an earlier line");
    }
    return node;
  }

  private static void variables(Source vtree, Formula formula) throws IOException {
    Lines in = new Lines(vtree);
    while (in.next()) {
      String kind = in.word("a node");
      switch (kind) {
        case "vtree" -> in.integer("the number of nodes", 0, Integer.MAX_VALUE);
        case "L" -> {
          in.integer("the id of the node", 0, Integer.MAX_VALUE);
          formula.declare(in.integer("a variable", 1, 1_000_000));
        }
        case "I" -> {
          in.integer("the id of the node", 0, Integer.MAX_VALUE);
          in.integer("the left child", 0, Integer.MAX_VALUE);
          in.integer("the right child", 0, Integer.MAX_VALUE);
        }
        default ->
            throw in.fail(
                "found '" + ModelException.shorten(kind) + "'",
                "a line that starts with c, vtree, L or I");
      }
      in.end();
    }
  }
}
