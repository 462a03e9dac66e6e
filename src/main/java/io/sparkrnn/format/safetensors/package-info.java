/**
 * The files of <a href="https://github.com/huggingface/safetensors">safetensors</a>.
 */
@NullMarked
package io.sparkrnn.format.safetensors;

import org.jspecify.annotations.NullMarked;
