package org.ugmm.engine.flat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Prior;
import org.ugmm.engine.data.Variable.Real;

/** The variables of a {@link CircuitFile}. */
final class VariableSection {
  /*
   * One after the other, without padding; a text is its length in bytes as an int, then UTF-8:
   *
   *   REAL         byte 0, text name, double lo, double hi
   *   WITH_PRIOR   byte 1, text name, double lo, double hi, double mean, double scale
   *   CATEGORICAL  byte 2, text name, int K, K texts
   *   CODED        byte 3, text name, int K, K texts, K doubles; since version 2
   *   COUNT        byte 4, text name, double lo, double hi; since version 5
   */
  private static final byte REAL = 0;
  private static final byte WITH_PRIOR = 1;
  private static final byte CATEGORICAL = 2;
  private static final byte CODED = 3;
  private static final byte COUNT = 4;

  /** The shortest variable and the shortest state: bounds on what a count may ask for. */
  private static final int MIN_VARIABLE_BYTES = 9;

  private static final int MIN_STATE_BYTES = 4;

  private final String file;
  private final ByteBuffer in;
  private final long start;

  private VariableSection(String file, byte[] section, long start) {
    this.file = file;
    this.in = ByteBuffer.wrap(section).order(ByteOrder.LITTLE_ENDIAN);
    this.start = start;
  }

  /**
   * Reads the section.
   *
   * @param start where it starts in the file, for messages
   * @throws CircuitException if it is not what the class comment says
   */
  static List<Variable> read(String file, byte[] section, long start, int numVariables) {
    return new VariableSection(file, section, start).variables(numVariables);
  }

  private List<Variable> variables(int numVariables) {
    if ((long) numVariables * MIN_VARIABLE_BYTES > in.remaining()) {
      throw CircuitFile.damaged(
          file,
          "number of variables",
          CircuitFile.NUM_VARIABLES_OFFSET,
          "0 .. " + in.remaining() / MIN_VARIABLE_BYTES + ", what the section has room for",
          Integer.toString(numVariables));
    }
    List<Variable> result = new ArrayList<>(numVariables);
    for (int v = 0; v < numVariables; v++) {
      int at = in.position();
      try {
        result.add(variable(v));
      } catch (CircuitException e) {
        throw new CircuitException(
            "%s: variable %d (byte %d): %s; the file is damaged: compile the model again"
                .formatted(file, v, start + at, e.getMessage()),
            e);
      }
    }
    if (in.hasRemaining()) {
      throw CircuitFile.damaged(
          file,
          "variable section",
          start + in.position(),
          "its end after " + numVariables + " variables",
          in.remaining() + " more bytes");
    }
    return result;
  }

  private Variable variable(int v) {
    requireRoom("variable " + v, 1, MIN_VARIABLE_BYTES);
    byte form = in.get();
    String name = text();
    switch (form) {
      case REAL, COUNT -> {
        requireRoom("domain", 2, Double.BYTES);
        return new Real(name, in.getDouble(), in.getDouble(), null, form == COUNT);
      }
      case WITH_PRIOR -> {
        requireRoom("domain and prior", 4, Double.BYTES);
        return new Real(
            name, in.getDouble(), in.getDouble(), new Prior(in.getDouble(), in.getDouble()));
      }
      case CATEGORICAL, CODED -> {
        requireRoom("number of states", 1, Integer.BYTES);
        int numStates = in.getInt();
        requireRoom("states", numStates, MIN_STATE_BYTES);
        List<String> states = new ArrayList<>(numStates);
        for (int s = 0; s < numStates; s++) {
          states.add(text());
        }
        List<Double> codes = new ArrayList<>();
        if (form == CODED) {
          requireRoom("codes", numStates, Double.BYTES);
          for (int s = 0; s < numStates; s++) {
            codes.add(in.getDouble());
          }
        }
        return new Categorical(name, states, codes);
      }
      default -> throw new CircuitException("kind %d; expected 0 .. %d".formatted(form, COUNT));
    }
  }

  private String text() {
    requireRoom("length of a text", 1, Integer.BYTES);
    int length = in.getInt();
    requireRoom("text", length, 1);
    ByteBuffer encoded = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(encoded).toString();
    } catch (CharacterCodingException e) {
      throw new CircuitException("a name or state is not UTF-8", e);
    }
  }

  private void requireRoom(String what, int count, int bytesEach) {
    if (count < 0 || (long) count * bytesEach > in.remaining()) {
      throw new CircuitException(
          "%s: %d of them at byte %d; expected 0 .. %d, what the section has room for"
              .formatted(what, count, start + in.position(), in.remaining() / bytesEach));
    }
  }

  /**
   * Writes the section.
   *
   * @throws CircuitException if a name or state is not valid Unicode
   */
  static byte[] write(List<Variable> variables) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Variable variable : variables) {
      if (variable instanceof Real real) {
        Prior prior = real.prior();
        out.write(real.isCount() ? COUNT : prior == null ? REAL : WITH_PRIOR);
        writeText(out, real.name(), real.name());
        writeDouble(out, real.lo());
        writeDouble(out, real.hi());
        if (prior != null) {
          writeDouble(out, prior.mean());
          writeDouble(out, prior.scale());
        }
      } else {
        Categorical categorical = (Categorical) variable;
        out.write(categorical.codes().isEmpty() ? CATEGORICAL : CODED);
        writeText(out, categorical.name(), categorical.name());
        writeInt(out, categorical.numStates());
        for (String state : categorical.states()) {
          writeText(out, state, categorical.name());
        }
        for (double code : categorical.codes()) {
          writeDouble(out, code);
        }
      }
    }
    return out.toByteArray();
  }

  private static void writeText(ByteArrayOutputStream out, String text, String variable) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      writeInt(out, encoded.remaining());
      out.write(encoded.array(), encoded.position(), encoded.remaining());
    } catch (CharacterCodingException e) {
      throw new CircuitException(
          "variable '%s': its name or a state has half of a surrogate pair; rename it"
              .formatted(variable),
          e);
    }
  }

  private static void writeInt(ByteArrayOutputStream out, int value) {
    for (int shift = 0; shift < Integer.SIZE; shift += 8) {
      out.write(value >>> shift);
    }
  }

  private static void writeDouble(ByteArrayOutputStream out, double value) {
    long bits = Double.doubleToRawLongBits(value);
    writeInt(out, (int) bits);
    writeInt(out, (int) (bits >>> 32));
  }
}
