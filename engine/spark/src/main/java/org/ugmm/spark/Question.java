package org.ugmm.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** What is asked of each row, and the columns of its answer; the words are those of the command. */
sealed interface Question {
  String EXPECTED =
      "expected log-density, marginal, class, posterior=NAME, mpe, impute or impute=mpe, several"
          + " separated by commas";

  /** The question as it is asked. */
  String text();

  /** The columns of an answer, in order. */
  List<StructField> fields(Circuit circuit);

  /** The variable whose cells are not read for this question, -1 for none. */
  default int queried() {
    return -1;
  }

  /**
   * Asks about rows that miss the same variables.
   *
   * @param row [rows of the batch] where each row is in the tile
   */
  void ask(Inference inference, Batch batch, int[] row, Tile tile, int at);

  /**
   * Parses questions. A name may hold commas: a part that begins no question belongs to the one
   * before.
   *
   * @throws ArgumentException if it is no question, or asks for what the circuit does not have
   */
  static List<Question> parse(String text, Circuit circuit) {
    List<String> parts = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (parts.isEmpty() || isQuestion(part.strip())) {
        parts.add(part.strip());
      } else {
        parts.set(parts.size() - 1, parts.get(parts.size() - 1) + "," + part);
      }
    }
    List<Question> questions = new ArrayList<>();
    for (String part : parts) {
      questions.add(one(part, circuit));
    }
    return List.copyOf(questions);
  }

  private static boolean isQuestion(String part) {
    return part.startsWith("posterior=")
        || List.of("log-density", "marginal", "class", "mpe", "impute", "impute=mpe")
            .contains(part);
  }

  private static Question one(String part, Circuit circuit) {
    if (!isQuestion(part)) {
      throw new ArgumentException("query '%s'; %s".formatted(part, EXPECTED));
    }
    switch (part) {
      case "log-density":
        return new Log(true);
      case "marginal":
        return new Log(false);
      case "mpe":
        return new Mpe();
      case "impute":
        return new Impute(false);
      case "impute=mpe":
        return new Impute(true);
      case "class":
        String name = circuit.classVariable();
        if (name == null) {
          throw new ArgumentException(
              "query 'class': the circuit has no class variable; ask for posterior=NAME");
        }
        return new PosteriorOf(circuit.indexOf(name), name, true);
      default:
        String asked = part.substring("posterior=".length());
        return new PosteriorOf(circuit.indexOf(asked), asked, false);
    }
  }

  private static StructField number(String name) {
    return DataTypes.createStructField(name, DataTypes.DoubleType, true);
  }

  private static StructField text(String name) {
    return DataTypes.createStructField(name, DataTypes.StringType, true);
  }

  private static @Nullable Object state(Variable variable, double value) {
    if (Double.isNaN(value)) {
      return null;
    }
    return variable instanceof Categorical categorical
        ? categorical.states().get((int) value)
        : (Object) value;
  }

  /** Index of the greatest of some probabilities, the first of equal ones. */
  private static int greatest(BatchAnswers answers, int row) {
    int best = 0;
    for (int s = 1; s < answers.numColumns(); s++) {
      best = answers.value(row, s) > answers.value(row, best) ? s : best;
    }
    return best;
  }

  /** The log-density of complete rows, or the log-marginal of any. */
  record Log(boolean needsComplete) implements Question {
    @Override
    public String text() {
      return needsComplete ? "log-density" : "marginal";
    }

    @Override
    public List<StructField> fields(Circuit circuit) {
      return List.of(number(needsComplete ? "logDensity" : "logMarginal"));
    }

    @Override
    public void ask(Inference inference, Batch batch, int[] row, Tile tile, int at) {
      BatchAnswers answers =
          needsComplete ? inference.logDensity(batch) : inference.marginal(batch);
      for (int i = 0; i < row.length; i++) {
        if (tile.note(row[i], answers, i, this)) {
          tile.out[row[i]][at] = answers.value(i, 0);
        }
      }
    }
  }

  /** The posterior of a variable; of a class also its most probable state. */
  record PosteriorOf(int variable, String name, boolean isClass) implements Question {
    @Override
    public String text() {
      return isClass ? "class" : "posterior=" + name;
    }

    @Override
    public int queried() {
      return variable;
    }

    @Override
    public List<StructField> fields(Circuit circuit) {
      if (!(circuit.variables().get(variable) instanceof Categorical categorical)) {
        return List.of(number(name + ":mean"), number(name + ":variance"));
      }
      List<StructField> fields = new ArrayList<>();
      if (isClass) {
        fields.add(Question.text("class"));
      }
      for (String state : categorical.states()) {
        fields.add(number((isClass ? "class" : name) + ":" + state));
      }
      return fields;
    }

    @Override
    public void ask(Inference inference, Batch batch, int[] row, Tile tile, int at) {
      BatchAnswers answers = inference.posterior(variable, batch);
      Variable queried = inference.circuit().variables().get(variable);
      int first = isClass ? at + 1 : at;
      for (int i = 0; i < row.length; i++) {
        if (!tile.note(row[i], answers, i, this)) {
          continue;
        }
        Object[] out = tile.out[row[i]];
        for (int c = 0; c < answers.numColumns(); c++) {
          out[first + c] = answers.value(i, c);
        }
        if (isClass) {
          out[at] = state(queried, greatest(answers, i));
        }
      }
    }
  }

  /** The most probable values of all variables together. */
  record Mpe() implements Question {
    @Override
    public String text() {
      return "mpe";
    }

    @Override
    public List<StructField> fields(Circuit circuit) {
      List<StructField> fields = new ArrayList<>();
      for (Variable variable : circuit.variables()) {
        String name = "mpe:" + variable.name();
        fields.add(variable instanceof Categorical ? Question.text(name) : number(name));
      }
      fields.add(number("logMpe"));
      fields.add(number("logUpperBound"));
      return fields;
    }

    @Override
    public void ask(Inference inference, Batch batch, int[] row, Tile tile, int at) {
      BatchAnswers answers = inference.mpe(batch);
      List<Variable> variables = inference.circuit().variables();
      for (int i = 0; i < row.length; i++) {
        if (!tile.note(row[i], answers, i, this)) {
          continue;
        }
        Object[] out = tile.out[row[i]];
        for (int v = 0; v < variables.size(); v++) {
          out[at + v] = state(variables.get(v), answers.value(i, v));
        }
        out[at + variables.size()] = answers.value(i, variables.size());
        out[at + variables.size() + 1] = answers.value(i, variables.size() + 1);
      }
    }
  }

  /**
   * The values of the variables themselves, those that are missing filled in: by the mean of a real
   * and the most probable state, each with how sure it is, or by what is most probable together.
   */
  record Impute(boolean isTogether) implements Question {
    @Override
    public String text() {
      return isTogether ? "impute=mpe" : "impute";
    }

    @Override
    public List<StructField> fields(Circuit circuit) {
      List<StructField> fields = new ArrayList<>();
      for (Variable variable : circuit.variables()) {
        boolean isText = variable instanceof Categorical;
        fields.add(isText ? Question.text(variable.name()) : number(variable.name()));
      }
      for (Variable variable : circuit.variables()) {
        if (!isTogether) {
          String what = variable instanceof Categorical ? ":probability" : ":sd";
          fields.add(number(variable.name() + what));
        }
      }
      return fields;
    }

    @Override
    public void ask(Inference inference, Batch batch, int[] row, Tile tile, int at) {
      List<Variable> variables = inference.circuit().variables();
      boolean isAnyMissing = false;
      for (int v = 0; v < variables.size(); v++) {
        boolean isMissing = Double.isNaN(batch.value(0, v));
        isAnyMissing |= isMissing;
        for (int i = 0; i < row.length && !isMissing; i++) {
          tile.out[row[i]][at + v] = state(variables.get(v), batch.value(i, v));
        }
        if (isMissing && !isTogether) {
          fill(inference, batch, v, row, tile, at);
        }
      }
      if (isTogether && isAnyMissing) {
        BatchAnswers answers = inference.mpe(batch);
        for (int i = 0; i < row.length; i++) {
          boolean isAnswered = tile.note(row[i], answers, i, this);
          for (int v = 0; v < variables.size() && isAnswered; v++) {
            tile.out[row[i]][at + v] = state(variables.get(v), answers.value(i, v));
          }
        }
      }
    }

    private void fill(Inference inference, Batch batch, int v, int[] row, Tile tile, int at) {
      int numVariables = inference.circuit().numVariables();
      Variable variable = inference.circuit().variables().get(v);
      BatchAnswers answers = inference.posterior(v, batch);
      for (int i = 0; i < row.length; i++) {
        if (!tile.note(row[i], answers, i, this)) {
          continue;
        }
        Object[] out = tile.out[row[i]];
        if (variable instanceof Categorical) {
          int best = greatest(answers, i);
          out[at + v] = state(variable, best);
          out[at + numVariables + v] = answers.value(i, best);
        } else {
          out[at + v] = answers.value(i, 0);
          out[at + numVariables + v] = Math.sqrt(answers.value(i, 1));
        }
      }
    }
  }
}
