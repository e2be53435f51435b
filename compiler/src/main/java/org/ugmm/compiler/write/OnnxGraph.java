package org.ugmm.compiler.write;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A graph of tensor operations in the format of ONNX (operator set 13, {@code onnx.proto3}): each
 * call adds an operation and returns the name of its result.
 */
final class OnnxGraph {
  /*
   * The numbers of fields are those of onnx.proto3: of a model 1 the version, 2 the producer, 7 the
   * graph, 8 the operator set, 14 properties; of a graph 1 nodes, 2 the name, 5 constants, 11 inputs,
   * 12 outputs; of a node 1 inputs, 2 outputs, 4 the operation, 5 attributes; of an attribute 1 the
   * name, 3 an integer, 8 integers, 20 the type; of a tensor 1 the shape, 2 the type, 8 the name, 9
   * the bytes, little-endian.
   */
  private static final int IR_VERSION = 7;
  private static final int OPERATOR_SET = 13;
  static final int INT64 = 7;
  static final int DOUBLE = 11;
  private static final int INTEGER_ATTRIBUTE = 2;
  private static final int INTEGERS_ATTRIBUTE = 7;

  private final Protobuf graph = new Protobuf();
  private final Protobuf properties = new Protobuf();
  private int numNames;

  private String name() {
    return "t" + numNames++;
  }

  /** An operation with one result. */
  String add(String operation, String... inputs) {
    return add(name(), operation, new Protobuf(), inputs);
  }

  /** An operation whose result is an output of that name. */
  void addOutput(String output, String operation, String... inputs) {
    add(output, operation, new Protobuf(), inputs);
  }

  /** An operation with an integer attribute. */
  String add(String operation, String attribute, long value, String... inputs) {
    return add(name(), operation, new Protobuf().message(5, integer(attribute, value)), inputs);
  }

  private static Protobuf integer(String attribute, long value) {
    return new Protobuf().text(1, attribute).integer(3, value).integer(20, INTEGER_ATTRIBUTE);
  }

  /** The greatest along the last axis, which stays with length 1. */
  String maxLast(String input) {
    Protobuf axes = new Protobuf().text(1, "axes").integer(8, -1).integer(20, INTEGERS_ATTRIBUTE);
    return add(name(), "ReduceMax", new Protobuf().message(5, axes), input);
  }

  /** The sum over the last axis, which goes. */
  String sumLast(String input) {
    return add("ReduceSum", "keepdims", 0, input, integers(new long[] {1}, -1));
  }

  private String add(String output, String operation, Protobuf attributes, String... inputs) {
    Protobuf node = new Protobuf();
    for (String input : inputs) {
      node.text(1, input);
    }
    graph.message(1, node.text(2, output).text(4, operation).append(attributes));
    return output;
  }

  /** A constant of integers. */
  String integers(long[] shape, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(shape, INT64, bytes.array());
  }

  /** A constant of doubles. */
  String doubles(long[] shape, double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return constant(shape, DOUBLE, bytes.array());
  }

  private String constant(long[] shape, int type, byte[] bytes) {
    Protobuf tensor = new Protobuf();
    for (long length : shape) {
      tensor.integer(1, length);
    }
    String name = name();
    graph.message(5, tensor.integer(2, type).text(8, name).bytes(9, bytes));
    return name;
  }

  /** Declares an input with any number of rows. */
  void input(String name, int type, long... columns) {
    graph.message(11, declared(name, type, columns));
  }

  /** Declares that an operation's result is an output with any number of rows. */
  void output(String name, int type, long... columns) {
    graph.message(12, declared(name, type, columns));
  }

  private static Protobuf declared(String name, int type, long... columns) {
    Protobuf shape = new Protobuf().message(1, new Protobuf().text(2, "rows"));
    for (long length : columns) {
      shape.message(1, new Protobuf().integer(1, length));
    }
    Protobuf tensor = new Protobuf().integer(1, type).message(2, shape);
    return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
  }

  /** Says something of the model to whoever asks for its properties. */
  void property(String key, String value) {
    properties.message(14, new Protobuf().text(1, key).text(2, value));
  }

  /** The size so far, in bytes. */
  long size() {
    return graph.size();
  }

  /** The whole model. */
  Protobuf model() {
    graph.text(2, "ugmm");
    return new Protobuf()
        .integer(1, IR_VERSION)
        .text(2, "ugmm")
        .message(7, graph)
        .message(8, new Protobuf().text(1, "").integer(2, OPERATOR_SET))
        .append(properties);
  }
}
