package org.ugmm.compiler.read;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.circuit.NnfReader;
import org.ugmm.compiler.read.circuit.SddReader;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;

/**
 * Reads what always holds of the variables of a model: a formula as text, or one that a knowledge
 * compiler has made, {@code .sdd} or {@code .nnf}. The content tells which, or else the ending.
 */
public final class ConstraintReader {
  /*
   * The numbers of a knowledge compiler stand for what a file .names beside it says of them, a line a
   * number: 3 smoke = yes. Without that file number i is the i-th variable of the model, which must
   * have two states, and says that it is in the one that affirms by its name, whichever comes first;
   * where neither or both do, in the second one.
   */
  private static final Set<String> AFFIRMING =
      Set.of("1", "true", "t", "yes", "y", "on", "present", "positive");

  private final Source source;
  private final List<Variable> variables;
  private final @Nullable Map<Integer, Formula> names;

  private ConstraintReader(Source source, List<Variable> variables) throws IOException {
    this.source = source;
    this.variables = variables;
    Source beside = source.sibling(".names");
    names = beside == null ? null : names(beside, variables);
  }

  /**
   * Reads a constraint.
   *
   * @throws IOException if it cannot be read
   * @throws ModelException if it is not a valid constraint on these variables
   */
  public static Formula read(Source source, List<Variable> variables) throws IOException {
    Format format = Format.of(source);
    if (format == Format.SDD) {
      ConstraintReader reader = new ConstraintReader(source, variables);
      return SddReader.constraint(source, source.sibling(".vtree"), reader::literal);
    } else if (format == Format.NNF) {
      return NnfReader.constraint(source, new ConstraintReader(source, variables)::literal);
    }
    return formula(source.name(), source.text(), variables);
  }

  private static Formula formula(String where, String text, List<Variable> variables) {
    try {
      return Formula.parse(text, variables);
    } catch (ArgumentException e) {
      throw new ModelException(where + ": " + e.getMessage(), e);
    }
  }

  private static Map<Integer, Formula> names(Source source, List<Variable> variables)
      throws IOException {
    Map<Integer, Formula> names = new HashMap<>();
    int line = 0;
    for (String text : source.text().lines().map(String::strip).toList()) {
      line++;
      String where = source.name() + ", line " + line;
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      String[] words = text.split("\\s+", 2);
      if (!words[0].matches("[1-9][0-9]{0,8}") || words.length < 2) {
        throw new ModelException(
            "%s: found '%s'; expected the number of a variable and what it says, as in 3 smoke = yes"
                .formatted(where, ModelException.shorten(text)));
      }
      if (names.put(Integer.valueOf(words[0]), formula(where, words[1], variables)) != null) {
        throw new ModelException(
            "%s: number %s again; expected each number once".formatted(where, words[0]));
      }
    }
    return names;
  }

  private Formula literal(int literal) {
    Formula says = names == null ? byOrder(Math.abs(literal)) : byName(Math.abs(literal), names);
    return literal > 0 ? says : says.not();
  }

  private Formula byName(int number, Map<Integer, Formula> names) {
    Formula says = names.get(number);
    if (says == null) {
      throw new ModelException(
          "%s: variable %d, of which the file .names beside it says nothing; expected a line that starts with %d"
              .formatted(source.name(), number, number));
    }
    return says;
  }

  private Formula byOrder(int number) {
    String remedy =
        "; write into a file .names beside it what the numbers say, as in 3 smoke = yes";
    if (number > variables.size()) {
      throw new ModelException(
          "%s: variable %d; expected at most %d, one a variable of the model%s"
              .formatted(source.name(), number, variables.size(), remedy));
    }
    Variable variable = variables.get(number - 1);
    if (!(variable instanceof Categorical categorical) || categorical.numStates() != 2) {
      throw new ModelException(
          "%s: variable %d is '%s' of the model; expected one of two states%s"
              .formatted(source.name(), number, variable.name(), remedy));
    }
    List<String> states = categorical.states();
    boolean isFirst = affirms(states.get(0)) && !affirms(states.get(1));
    return new Formula.States(categorical.name(), List.of(states.get(isFirst ? 0 : 1)));
  }

  private static boolean affirms(String state) {
    return AFFIRMING.contains(state.toLowerCase(Locale.ROOT));
  }
}
