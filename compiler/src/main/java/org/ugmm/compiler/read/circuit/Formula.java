package org.ugmm.compiler.read.circuit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/**
 * A propositional formula in negation normal form, node by node, and the weights of its literals:
 * its circuit is the weight of an assignment where the formula holds, and 0 elsewhere. Variable
 * number i, from 1 on, becomes {@code xi} with the states "0" and "1".
 */
final class Formula {
  /*
   * A disjunction whose disjuncts mention different variables is made smooth here and not by the
   * pass of that name: a variable that a disjunct leaves open is worth the sum of the weights of its
   * literals, and the pass knows only states of weight 1.
   */
  private enum Kind {
    LITERAL,
    AND,
    OR
  }

  /** A node; the one argument of a literal is the number of its variable or its negative. */
  private record Node(Kind kind, int[] arguments) {}

  private static final int FALSE = -2;
  private static final int TRUE = -1;

  private final String source;
  private final String format;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Integer, Double> weightOf = new HashMap<>();
  private int numVariables;

  Formula(String source, String format) {
    this.source = source;
    this.format = format;
  }

  int numNodes() {
    return nodes.size();
  }

  /** Declares the variables up to a number. */
  void declare(int variable) {
    numVariables = Math.max(numVariables, variable);
  }

  int numVariables() {
    return numVariables;
  }

  int literal(int literal) {
    declare(Math.abs(literal));
    return add(Kind.LITERAL, literal);
  }

  /** A conjunction of earlier nodes; of none: true. */
  int and(int... conjuncts) {
    return add(Kind.AND, conjuncts);
  }

  /** A disjunction of earlier nodes that exclude each other; of none: false. */
  int or(int... disjuncts) {
    return add(Kind.OR, disjuncts);
  }

  private int add(Kind kind, int... arguments) {
    nodes.add(new Node(kind, arguments));
    return nodes.size() - 1;
  }

  /** Gives a literal a weight other than 1. */
  void weight(int literal, double weight) {
    declare(Math.abs(literal));
    weightOf.put(literal, weight);
  }

  /**
   * The formula in the words of the engine, of which a part is one object however often it is used.
   *
   * @param literals what a literal says
   * @throws ModelException if a literal has a weight
   */
  org.ugmm.engine.formula.Formula build(
      int root, IntFunction<org.ugmm.engine.formula.Formula> literals) {
    weightOf.forEach(
        (literal, weight) -> {
          if (weight != 1) {
            throw new ModelException(
                "%s: literal %d weighs %s; a constraint holds or does not, expected no weights"
                    .formatted(source, literal, weight));
          }
        });
    Map<Integer, org.ugmm.engine.formula.Formula> said = new HashMap<>();
    org.ugmm.engine.formula.Formula[] built = new org.ugmm.engine.formula.Formula[root + 1];
    for (int i = 0; i <= root; i++) {
      Node node = nodes.get(i);
      if (node.kind == Kind.LITERAL) {
        built[i] = said.computeIfAbsent(node.arguments[0], literals::apply);
      } else {
        List<org.ugmm.engine.formula.Formula> parts =
            Arrays.stream(node.arguments).mapToObj(argument -> built[argument]).toList();
        built[i] =
            node.kind == Kind.AND
                ? new org.ugmm.engine.formula.Formula.And(parts)
                : new org.ugmm.engine.formula.Formula.Or(parts);
      }
    }
    return built[root];
  }

  /**
   * The circuit.
   *
   * @throws ModelException if the formula never holds
   */
  NodeTable build(int root) {
    List<ModelVariable> variables = new ArrayList<>();
    for (int v = 1; v <= numVariables; v++) {
      variables.add(ModelVariable.of(Variable.categorical("x" + v, "0", "1")));
    }
    return new Emission(new NodeTable(source, format, variables, true)).table(root);
  }

  /** The state of one emission. */
  private final class Emission {
    private final NodeTable table;
    private final int[] emitted = new int[nodes.size()];
    private final BitSet[] scope = new BitSet[nodes.size()];
    private final Map<BitSet, BitSet> scopes = new HashMap<>();
    private final Map<Integer, Integer> leafOf = new HashMap<>();
    private final Map<BitSet, Integer> openOf = new HashMap<>();

    Emission(NodeTable table) {
      this.table = table;
    }

    NodeTable table(int root) {
      if (numVariables == 0) {
        throw new ModelException(source + ": no variable; expected at least one");
      }
      for (int i = 0; i <= root; i++) {
        emit(i, nodes.get(i));
      }
      if (emitted[root] == FALSE) {
        throw new ModelException(
            source
                + ": the formula never holds, or only with weight zero; expected an assignment that"
                + " weighs more");
      }
      BitSet all = new BitSet(numVariables + 1);
      all.set(1, numVariables + 1);
      table.root(completed(root, all));
      return table;
    }

    private void emit(int i, Node node) {
      BitSet union = new BitSet();
      if (node.kind == Kind.LITERAL) {
        union.set(Math.abs(node.arguments[0]));
        boolean isZero = weightOf.getOrDefault(node.arguments[0], 1.0) == 0;
        emitted[i] = isZero ? FALSE : leaf(node.arguments[0]);
      } else {
        for (int argument : node.arguments) {
          if (emitted[argument] != FALSE) {
            if (node.kind == Kind.AND && union.intersects(scope[argument])) {
              throw shared(union, scope[argument]);
            }
            union.or(scope[argument]);
          }
        }
        emitted[i] = node.kind == Kind.AND ? and(node.arguments) : or(node.arguments, union);
      }
      BitSet known = scopes.putIfAbsent(union, union);
      scope[i] = known == null ? union : known;
    }

    private ModelException shared(BitSet scope, BitSet other) {
      BitSet shared = (BitSet) scope.clone();
      shared.and(other);
      return new ModelException(
          "%s: two conjuncts of one conjunction mention variable %d; expected a decomposable formula, as c2d, d4 and the SDD package write"
              .formatted(source, shared.nextSetBit(0)));
    }

    private int and(int[] conjuncts) {
      List<Integer> factors = new ArrayList<>();
      for (int c : conjuncts) {
        if (emitted[c] == FALSE) {
          return FALSE;
        }
        if (emitted[c] != TRUE) {
          factors.add(emitted[c]);
        }
      }
      return product(factors);
    }

    private int or(int[] disjuncts, BitSet union) {
      List<Integer> terms = new ArrayList<>();
      for (int d : disjuncts) {
        if (emitted[d] != FALSE) {
          terms.add(union.isEmpty() ? TRUE : completed(d, union));
        }
      }
      if (terms.isEmpty()) {
        return FALSE;
      }
      if (terms.size() == 1 || union.isEmpty()) {
        return terms.get(0);
      }
      for (int term : terms) {
        table.openChild(term);
        table.openParameter(0);
      }
      table.close(NodeKind.WEIGHTED_SUM, -1, table.numNodes());
      return table.numNodes() - 1;
    }

    /** A node times what the variables are worth that it lacks. */
    private int completed(int node, BitSet variables) {
      BitSet lacking = (BitSet) variables.clone();
      lacking.andNot(scope[node]);
      List<Integer> factors = new ArrayList<>();
      if (emitted[node] != TRUE) {
        factors.add(emitted[node]);
      }
      if (!lacking.isEmpty()) {
        Integer open = openOf.get(lacking);
        if (open == null) {
          open = product(lacking.stream().map(v -> leaf(v, true, true)).boxed().toList());
          openOf.put(lacking, open);
        }
        factors.add(open);
      }
      return product(factors);
    }

    private int product(List<Integer> factors) {
      if (factors.size() < 2) {
        return factors.isEmpty() ? TRUE : factors.get(0);
      }
      factors.forEach(table::openChild);
      table.close(NodeKind.PRODUCT, -1, table.numNodes());
      return table.numNodes() - 1;
    }

    private int leaf(int literal) {
      Integer known = leafOf.get(literal);
      if (known == null) {
        known = leaf(Math.abs(literal), literal < 0, literal > 0);
        leafOf.put(literal, known);
      }
      return known;
    }

    private int leaf(int variable, boolean mayBeFalse, boolean mayBeTrue) {
      table.openParameter(mayBeFalse ? log(-variable) : Double.NEGATIVE_INFINITY);
      table.openParameter(mayBeTrue ? log(variable) : Double.NEGATIVE_INFINITY);
      table.close(NodeKind.CATEGORICAL, variable - 1, table.numNodes());
      return table.numNodes() - 1;
    }

    private double log(int literal) {
      return Math.log(weightOf.getOrDefault(literal, 1.0));
    }
  }
}
