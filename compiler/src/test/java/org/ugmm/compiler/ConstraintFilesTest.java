package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;

/** Constraints that knowledge compilers wrote, times circuits, against enumeration. */
class ConstraintFilesTest {
  private static final long MANY = 1_000_000;
  private static final int RUNS = Integer.getInteger("org.ugmm.constraints", 200);

  @TempDir Path dir;

  /** A mixture of random products over two-state variables. */
  private static Circuit circuit(int numVariables, Random random) {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      variables.add(Variable.categorical("v" + v, "no", "yes"));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    List<Integer> all = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      all.add(v);
    }
    return builder.build(region(builder, all, random));
  }

  private static int region(CircuitBuilder builder, List<Integer> over, Random random) {
    int[] parts = new int[1 + random.nextInt(3)];
    double[] weights = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      weights[i] = 0.1 + random.nextDouble();
      if (over.size() == 1) {
        double p = random.nextInt(5) == 0 ? 0 : random.nextDouble();
        parts[i] = builder.categoricalLog(over.get(0), Math.log1p(-p), Math.log(p));
      } else {
        List<Integer> mixed = new ArrayList<>(over);
        Collections.shuffle(mixed, random);
        int cut = 1 + random.nextInt(over.size() - 1);
        int[] children = new int[over.size() > 3 && random.nextBoolean() ? 3 : 2];
        if (children.length == 3) {
          cut = 1 + random.nextInt(over.size() - 2);
          children[2] = region(builder, mixed.subList(over.size() - 1, over.size()), random);
        }
        children[0] = region(builder, mixed.subList(0, cut), random);
        children[1] =
            region(builder, mixed.subList(cut, over.size() - children.length + 2), random);
        parts[i] = builder.product(children);
      }
    }
    return builder.sumLinear(parts, weights);
  }

  /** Bit a: whether the formula holds of assignment a, whose bit v is the state of variable v. */
  private static long truth(int numVariables, Random random) {
    long truth = 0;
    int[][] clauses = new int[1 + random.nextInt(2 * numVariables)][];
    for (int i = 0; i < clauses.length; i++) {
      clauses[i] = new int[1 + random.nextInt(3)];
      for (int k = 0; k < clauses[i].length; k++) {
        clauses[i][k] = (1 + random.nextInt(numVariables)) * (random.nextBoolean() ? 1 : -1);
      }
    }
    for (int a = 0; a < 1 << numVariables; a++) {
      boolean holds = true;
      for (int[] clause : clauses) {
        boolean any = false;
        for (int literal : clause) {
          any |= (a >> (Math.abs(literal) - 1) & 1) == (literal > 0 ? 1 : 0);
        }
        holds &= any;
      }
      truth |= holds ? 1L << a : 0;
    }
    return truth;
  }

  /** Text of one format, node by node. */
  private abstract static class Writer {
    final StringBuilder text = new StringBuilder();
    final Map<String, Integer> ids = new LinkedHashMap<>();

    int id(String line) {
      Integer known = ids.get(line);
      if (known == null) {
        known = ids.size();
        ids.put(line, known);
        add(known, line);
      }
      return known;
    }

    abstract void add(int id, String line);

    abstract int constant(boolean holds);

    abstract int literal(int literal);

    /** Pairs of primes and subs, of which any holds. */
    abstract int decision(List<int[]> pairs);

    abstract String document(int root);
  }

  private static final class Sdd extends Writer {
    @Override
    void add(int id, String line) {
      text.append(line.charAt(0)).append(' ').append(id).append(line.substring(1)).append('\n');
    }

    @Override
    int constant(boolean holds) {
      return id(holds ? "T" : "F");
    }

    @Override
    int literal(int literal) {
      return id("L 0 " + literal);
    }

    @Override
    int decision(List<int[]> pairs) {
      StringBuilder line = new StringBuilder("D 0 " + pairs.size());
      pairs.forEach(pair -> line.append(" " + pair[0] + " " + pair[1]));
      return id(line.toString());
    }

    @Override
    String document(int root) {
      return "c made by a test\nsdd " + ids.size() + "\n" + text;
    }
  }

  private static final class C2d extends Writer {
    @Override
    void add(int id, String line) {
      text.append(line).append('\n');
    }

    @Override
    int constant(boolean holds) {
      return id(holds ? "A 0" : "O 0 0");
    }

    @Override
    int literal(int literal) {
      return id("L " + literal);
    }

    @Override
    int decision(List<int[]> pairs) {
      StringBuilder line = new StringBuilder("O 0 " + pairs.size());
      pairs.forEach(pair -> line.append(" " + id("A 2 " + pair[0] + " " + pair[1])));
      return id(line.toString());
    }

    @Override
    String document(int root) {
      return "nnf " + ids.size() + " 0 6\n" + text;
    }
  }

  /** Gates, and arcs of which each is guarded by literals; the root is number 1. */
  private static final class D4 extends Writer {
    @Override
    void add(int id, String line) {
      String[] arcs = line.split(";");
      text.append(arcs[0]).append(' ').append(id + 2).append(" 0\n");
      for (int i = 1; i < arcs.length; i++) {
        text.append(id + 2).append(' ').append(arcs[i]).append(" 0\n");
      }
    }

    @Override
    int constant(boolean holds) {
      return id(holds ? "t" : "f");
    }

    @Override
    int literal(int literal) {
      return id("o;" + (constant(true) + 2) + " " + literal);
    }

    @Override
    int decision(List<int[]> pairs) {
      StringBuilder line = new StringBuilder("o");
      for (int[] pair : pairs) {
        line.append(";").append(id("a;" + (pair[0] + 2) + ";" + (pair[1] + 2)) + 2);
      }
      return id(line.toString());
    }

    @Override
    String document(int root) {
      return "o 1 0\n" + text + "1 " + (root + 2) + " 0\n";
    }
  }

  /** Writes the function of some variables that a truth table holds, by a random variable tree. */
  private static int write(Writer writer, List<Integer> over, long truth, Random random) {
    int size = 1 << over.size();
    long all = size == 64 ? -1 : (1L << size) - 1;
    if ((truth & all) == 0 || (truth & all) == all) {
      return writer.constant((truth & all) != 0);
    }
    if (over.size() == 1) {
      return writer.literal((over.get(0) + 1) * (truth == 2 ? 1 : -1));
    }
    int cut = 1 + random.nextInt(over.size() - 1);
    List<Integer> left = over.subList(0, cut);
    List<Integer> right = over.subList(cut, over.size());
    Map<Long, Long> primeOf = new LinkedHashMap<>();
    for (int a = 0; a < 1 << cut; a++) {
      long sub = 0;
      for (int b = 0; b < 1 << right.size(); b++) {
        sub |= (truth >>> (a | b << cut) & 1) << b;
      }
      primeOf.merge(sub, 1L << a, (x, y) -> x | y);
    }
    List<int[]> pairs = new ArrayList<>();
    long seed = random.nextLong(); // subs share a tree
    primeOf.forEach(
        (sub, prime) ->
            pairs.add(
                new int[] {
                  write(writer, left, prime, new Random(seed)),
                  write(writer, right, sub, new Random(~seed))
                }));
    return writer.decision(pairs);
  }

  @Test
  void constraint_randomCircuits_isTheDistributionWhereItHolds() throws IOException {
    for (int run = 0; run < RUNS; run++) {
      Random random = new Random(run);
      int n = 2 + random.nextInt(5);
      Circuit circuit = circuit(n, random);
      long truth = truth(n, random);
      List<Integer> order = new ArrayList<>();
      for (int v = 0; v < n; v++) {
        order.add(v);
      }
      Writer writer = run % 3 == 0 ? new Sdd() : run % 3 == 1 ? new C2d() : new D4();
      int root = write(writer, order, truth, random);
      String document = writer.document(root);
      Path file = dir.resolve("c" + run + (run % 3 == 0 ? ".sdd" : ".nnf"));
      Files.writeString(file, document);
      String what = "run " + run + "\n" + document;

      Inference original = new Inference(circuit);
      double[] weight = new double[1 << n];
      double sum = 0;
      for (int a = 0; a < weight.length; a++) {
        boolean holds = (truth >>> a & 1) != 0;
        weight[a] = holds ? Math.exp(original.marginal(row(circuit, a)).value()) : 0;
        sum += weight[a];
      }
      if (sum == 0) {
        RefusedException e =
            assertThrows(
                RefusedException.class,
                () -> circuit.where(ModelCompiler.constraint(file, circuit.variables()), MANY),
                what);
        assertTrue(e.getMessage().matches("(?s).*(never holds|probability zero).*"), what);
        continue;
      }
      Circuit product = circuit.where(ModelCompiler.constraint(file, circuit.variables()), MANY);
      assertTrue(product.structure().isTractable(), what);
      assertEquals(0, product.normaliser().logZ(), 1e-14, what);
      Inference inference = new Inference(product);
      double[] yes = new double[n];
      for (int a = 0; a < weight.length; a++) {
        double p = Math.exp(inference.marginal(row(product, a)).value());
        assertEquals(weight[a] / sum, p, 1e-13, what);
        for (int v = 0; v < n; v++) {
          yes[v] += (a >> v & 1) * weight[a] / sum;
        }
      }
      for (int v = 0; v < n; v++) {
        CategoricalPosterior posterior =
            (CategoricalPosterior) inference.posterior(v, new Evidence(product));
        assertEquals(yes[v], posterior.probability("yes"), 1e-13, what);
      }
    }
  }

  private static Evidence row(Circuit circuit, int assignment) {
    Evidence row = new Evidence(circuit);
    for (int v = 0; v < circuit.numVariables(); v++) {
      row.observe(v, assignment >> v & 1);
    }
    return row;
  }

  private static Circuit weather() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                Variable.real("warmth"),
                Variable.categorical("sky", "clear", "cloud", "rain"),
                Variable.categorical("wet", "no", "yes")));
    int dry =
        builder.product(
            builder.gaussian(0, 20, 4),
            builder.categoricalLog(1, Math.log(0.6), Math.log(0.3), Math.log(0.1)),
            builder.categoricalLog(2, Math.log(0.9), Math.log(0.1)));
    int wet =
        builder.product(
            builder.gaussian(0, 12, 3),
            builder.categoricalLog(1, Math.log(0.1), Math.log(0.4), Math.log(0.5)),
            builder.categoricalLog(2, Math.log(0.2), Math.log(0.8)));
    return builder.build(builder.sumLinear(new int[] {dry, wet}, new double[] {0.7, 0.3}));
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  @Test
  void constraint_names_sayWhatTheNumbersMean() throws IOException {
    Circuit circuit = weather();
    file("rules.names", "# what counts\n1 sky = rain\n\n2 wet = yes\n3 warmth > 15\n");
    // (rain implies wet) and warm
    Path rules = file("rules.nnf", "nnf 6 5 3\nL -1\nL 1\nL 2\nA 2 1 2\nO 1 2 0 3\nL 3\nA 2 4 5\n");
    Circuit product = circuit.where(ModelCompiler.constraint(rules, circuit.variables()), MANY);
    Evidence given = new Evidence(circuit).where("(sky = rain implies wet = yes) and warmth > 15");
    for (String sky : List.of("clear", "rain")) {
      double expected =
          new Inference(circuit)
              .conditional(new Evidence(circuit).observe("sky", sky).observe("warmth", 16), given)
              .value();
      double actual =
          new Inference(product)
              .marginal(new Evidence(product).observe("sky", sky).observe("warmth", 16))
              .value();
      assertEquals(expected, actual, 1e-13, sky);
    }
    assertEquals(15, ((Variable.Real) product.variables().get(0)).lo());
  }

  @Test
  void constraint_withoutNames_isOfTheStateThatAffirms() throws IOException {
    Path first = file("first.nnf", "nnf 1 0 3\nL 1\n");
    String[][] states = {{"Yes", "no"}, {"no", "yes"}, {"0", "1"}, {"b", "a"}, {"true", "1"}};
    String[] said = {"Yes", "yes", "1", "a", "1"};
    for (int i = 0; i < states.length; i++) {
      List<Variable> variables = List.of(Variable.categorical("v", states[i]));
      assertEquals("v = " + said[i], ModelCompiler.constraint(first, variables).toString());
    }
  }

  private void fails(String expected, String nnf) throws IOException {
    Path file = file("wrong.nnf", nnf);
    ModelException e =
        assertThrows(
            ModelException.class,
            () -> ModelCompiler.constraint(file, weather().variables()),
            expected);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void constraint_wrong_saysWhatIsExpected() throws IOException {
    fails("variable 4; expected at most 3", "nnf 1 0 4\nL 4\n");
    fails("variable 2 is 'sky' of the model; expected one of two states", "nnf 1 0 2\nL 2\n");
    fails("variable 1 is 'warmth' of the model; expected one of two", "nnf 1 0 2\nL -1\n");
    fails("literal 3 weighs 0.5", "nnf 1 0 3\nc p weight 3 0.5 0\nL 3\n");
    fails("line 2", "nnf 1 0 3\nQ 3\n");
    file("wrong.names", "1 sky = snow\n");
    fails("wrong.names, line 1: formula, column 7", "nnf 1 0 3\nL 1\n");
    file("wrong.names", "1 sky = rain\n1 wet = yes\n");
    fails("number 1 again", "nnf 1 0 3\nL 1\n");
    file("wrong.names", "sky = rain\n");
    fails("expected the number of a variable and what it says", "nnf 1 0 3\nL 1\n");
    file("wrong.names", "2 sky = rain\n");
    fails("expected a line that starts with 1", "nnf 1 0 3\nL 1\n");
  }

  /** A circuit that joins all variables at once has an edge for each remainder of the count. */
  @Test
  void constraint_manyParts_staysSmallWhereTheProductFits() throws IOException {
    int n = 200;
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < n; v++) {
      variables.add(Variable.categorical("v" + v, "no", "yes"));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int[] leaves = new int[n];
    for (int v = 0; v < n; v++) {
      leaves[v] = builder.categoricalLog(v, Math.log(0.5), Math.log(0.5));
    }
    Circuit circuit = builder.build(builder.product(leaves));
    // an even number of them: 2^199 assignments
    StringBuilder nnf = new StringBuilder("nnf 0 0 " + n + "\nA 0\nO 0 0\n");
    int even = 0;
    int odd = 1;
    int next = 2;
    for (int v = 1; v <= n; v++) {
      nnf.append("L %d\nL %d\n".formatted(-v, v));
      String pair = "A 2 %d %d\nA 2 %d %d\nO 0 2 %d %d\n";
      nnf.append(pair.formatted(next, even, next + 1, odd, next + 2, next + 3));
      nnf.append(pair.formatted(next, odd, next + 1, even, next + 5, next + 6));
      even = next + 4;
      odd = next + 7;
      next += 8;
    }
    nnf.append("A 1 " + even + "\n");
    Path file = file("even.nnf", nnf.toString());
    Circuit product = circuit.where(ModelCompiler.constraint(file, variables), MANY);
    assertTrue(product.numEdges() < 20 * n, product.toString());
    Evidence first = new Evidence(product);
    for (int v = 0; v < n - 1; v++) {
      first.observe(v, v == 3 ? 1 : 0);
    }
    Inference inference = new Inference(product);
    CategoricalPosterior last = (CategoricalPosterior) inference.posterior(n - 1, first);
    assertEquals(1, last.probability("yes"));
    assertEquals(-(n - 1) * Math.log(2), inference.marginal(first).value(), 1e-10);
    assertThrows(
        RefusedException.class,
        () -> circuit.where(ModelCompiler.constraint(file, variables), 5 * n));
  }
}
