package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;

/**
 * Reads formulas in decomposable, deterministic negation normal form, {@code .nnf}, as c2d and d4
 * write them. Weights of literals are those of lines {@code c p weight LITERAL WEIGHT 0} in the
 * file or in a CNF beside it, or of a file of lines {@code LITERAL WEIGHT}; others weigh 1.
 */
public final class NnfReader {
  private static final int MAX_VARIABLES = 1_000_000;

  private final Lines in;
  private final Formula formula;

  private NnfReader(Source source, Lines in) {
    this.in = in;
    formula = new Formula(source.name(), "nnf");
  }

  /**
   * Reads the document.
   *
   * @param weights a CNF or a file of weights; null when there is none
   */
  public static NodeTable read(Source source, @Nullable Source weights) throws IOException {
    Lines in = new Lines(source);
    NnfReader reader = new NnfReader(source, in);
    int root = reader.document();
    if (weights != null) {
      readWeights(weights, reader.formula);
    }
    return reader.formula.build(root);
  }

  /**
   * Reads the document as a constraint: without weights, conjuncts may share variables.
   *
   * @param literals what a literal, the number of a variable or its negative, says
   */
  public static org.ugmm.engine.formula.Formula constraint(
      Source source, IntFunction<org.ugmm.engine.formula.Formula> literals) throws IOException {
    NnfReader reader = new NnfReader(source, new Lines(source));
    int root = reader.document();
    return reader.formula.build(root, literals);
  }

  private int document() throws IOException {
    D4 d4 = null;
    int root = -1;
    while (in.next()) {
      if (takeWeight(in, formula)) {
        continue;
      }
      String kind = in.word("a node");
      boolean isOfD4 = "oatf".contains(kind) || isInteger(kind);
      if (d4 == null && root < 0 && isOfD4) {
        d4 = new D4();
      }
      if (d4 != null) {
        d4.line(kind);
      } else if (kind.equals("nnf")) {
        in.integer("the number of nodes", 0, Integer.MAX_VALUE);
        in.integer("the number of edges", 0, Integer.MAX_VALUE);
        formula.declare(in.integer("the number of variables", 0, MAX_VARIABLES));
      } else {
        root = c2d(kind);
        lineNode.add(root);
      }
      in.end();
    }
    if (d4 != null) {
      return d4.root();
    }
    if (root < 0) {
      throw in.fail("the text ends", "at least one node");
    }
    return root;
  }

  private static boolean isInteger(String word) {
    return word.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** [lines of c2d] the node of each. */
  private final IntArrayList lineNode = new IntArrayList();

  private int c2d(String kind) {
    switch (kind) {
      case "L" -> {
        return formula.literal(literal(in));
      }
      case "A" -> {
        return formula.and(children(in.integer("the number of conjuncts", 0, Integer.MAX_VALUE)));
      }
      case "O" -> {
        in.integer("the variable that decides, or 0", 0, MAX_VARIABLES);
        return formula.or(children(in.integer("the number of disjuncts", 0, Integer.MAX_VALUE)));
      }
      default ->
          throw in.fail(
              "found '" + ModelException.shorten(kind) + "'",
              "a line that starts with c, nnf, L, A or O, or one that d4 writes");
    }
  }

  private static int literal(Lines in) {
    int literal = in.integer("a literal", -MAX_VARIABLES, MAX_VARIABLES);
    if (literal == 0) {
      throw in.fail("literal 0", "the number of a variable, 1, 2, ..., or its negative");
    }
    return literal;
  }

  private int[] children(int count) {
    if (in.numLeft() != count) {
      throw in.fail("%d words for %d children".formatted(in.numLeft(), count), "one a child");
    }
    int[] children = new int[count];
    for (int i = 0; i < count; i++) {
      int line = in.integer("an earlier node, from 0 on", 0, lineNode.size() - 1);
      children[i] = lineNode.getInt(line);
    }
    return children;
  }

  /** What d4 writes: nodes, and arcs with the literals that hold along them, in any order. */
  private final class D4 {
    private final Int2ObjectOpenHashMap<Gate> gates = new Int2ObjectOpenHashMap<>();

    private static final class Gate {
      /** o, a, t or f; 0 before the line that declares the gate. */
      private char kind;

      private final List<int[]> arcs = new ArrayList<>();
      private int node = -1;
      private boolean isOpen;
    }

    private Gate gate(int id) {
      return gates.computeIfAbsent(id, none -> new Gate());
    }

    void line(String kind) {
      if (isInteger(kind)) {
        arc(kind);
        return;
      }
      if (kind.length() != 1 || "oatf".indexOf(kind.charAt(0)) < 0) {
        throw in.fail(
            "found '" + ModelException.shorten(kind) + "'",
            "a line that starts with o, a, t, f or the number of a node");
      }
      int id = in.integer("the number of the node", 1, Integer.MAX_VALUE);
      if (gate(id).kind != 0) {
        throw in.fail("a second node with number " + id, "each number once");
      }
      gate(id).kind = kind.charAt(0);
      in.integer("0", 0, 0);
    }

    private void arc(String source) {
      int id;
      try {
        id = Integer.parseInt(source);
      } catch (NumberFormatException e) {
        throw in.fail("found '" + ModelException.shorten(source) + "'", "the number of a node");
      }
      IntArrayList arc = new IntArrayList();
      arc.add(in.integer("the number of a node", 1, Integer.MAX_VALUE));
      for (int literal;
          (literal = in.integer("a literal or 0", -MAX_VARIABLES, MAX_VARIABLES)) != 0; ) {
        arc.add(literal);
      }
      gate(id).arcs.add(arc.toIntArray());
    }

    /** Adds the gates below the first one to the formula, children first. */
    int root() {
      for (var gate : gates.int2ObjectEntrySet()) {
        if (gate.getValue().kind == 0) {
          throw in.fail("no node with number " + gate.getIntKey(), "one that a line declares");
        }
      }
      Gate root = gates.get(1);
      if (root == null) {
        throw in.fail("no node with number 1", "the root under that number");
      }
      List<Gate> stack = new ArrayList<>();
      stack.add(root);
      while (!stack.isEmpty()) {
        Gate gate = stack.get(stack.size() - 1);
        if (gate.node >= 0) {
          stack.remove(stack.size() - 1);
        } else if (gate.isOpen) {
          add(gate);
          stack.remove(stack.size() - 1);
        } else {
          gate.isOpen = true;
          for (int[] arc : gate.arcs) {
            Gate target = target(arc);
            if (target.isOpen && target.node < 0) {
              throw in.fail("a cycle through node " + arc[0], "a formula without one");
            }
            if (target.node < 0) {
              stack.add(target);
            }
          }
        }
      }
      return root.node;
    }

    private Gate target(int[] arc) {
      Gate target = gates.get(arc[0]);
      if (target == null) {
        throw in.fail("no node with number " + arc[0], "one that a line declares");
      }
      return target;
    }

    private void add(Gate gate) {
      int[] along = new int[gate.arcs.size()];
      for (int i = 0; i < along.length; i++) {
        int[] arc = gate.arcs.get(i);
        int[] conjuncts = new int[arc.length];
        conjuncts[0] = target(arc).node;
        for (int k = 1; k < arc.length; k++) {
          conjuncts[k] = formula.literal(arc[k]);
        }
        along[i] = formula.and(conjuncts);
      }
      gate.node =
          switch (gate.kind) {
            case 'o' -> formula.or(along);
            case 'f' -> formula.or();
            default -> formula.and(along);
          };
    }
  }

  /** Takes the weight that a comment states, if the current line is one. */
  private static boolean takeWeight(Lines in, Formula formula) {
    String comment = in.takeWeight();
    if (comment == null) {
      return false;
    }
    StringTokenizer words = new StringTokenizer(comment);
    if (words.countTokens() != 5) {
      throw in.fail(
          "found 'c " + ModelException.shorten(comment) + "'", "c p weight LITERAL WEIGHT 0");
    }
    words.nextToken();
    words.nextToken();
    weight(in, formula, words.nextToken(), words.nextToken());
    return true;
  }

  private static void weight(Lines in, Formula formula, String literal, String weight) {
    int number;
    double value;
    try {
      number = Integer.parseInt(literal);
      value = Double.parseDouble(weight);
    } catch (NumberFormatException e) {
      throw in.fail(
          "found '" + ModelException.shorten(literal + " " + weight) + "'",
          "a literal and its weight");
    }
    if (number == 0 || Math.abs((long) number) > MAX_VARIABLES) {
      throw in.fail("literal " + number, "the number of a variable or its negative");
    }
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw in.fail("weight " + ModelException.shorten(weight), "a finite number, not negative");
    }
    formula.weight(number, value);
  }

  private static void readWeights(Source weights, Formula formula) throws IOException {
    Lines in = new Lines(weights);
    boolean isCnf = false;
    while (in.next()) {
      if (takeWeight(in, formula)) {
        continue;
      }
      String first = in.word("a literal");
      if (first.equals("p")) {
        isCnf = true;
        in.word("cnf");
        formula.declare(in.integer("the number of variables", 0, MAX_VARIABLES));
      } else if (!isCnf) {
        weight(in, formula, first, in.word("a weight"));
        in.end();
      }
    }
  }
}
