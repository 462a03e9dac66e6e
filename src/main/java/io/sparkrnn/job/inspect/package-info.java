/** The command inspect: what a file says of its network, for people, programs and pictures. */
@NullMarked
package io.sparkrnn.job.inspect;

import org.jspecify.annotations.NullMarked;
